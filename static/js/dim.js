// The hours at which a wall is darker, as in "20-7": from 20:00 until 7:00.

const HOURS = /^([0-9]{1,2})-([0-9]{1,2})$/;

// Whether `hour` is one of them. Hours that make no sense are none.
export function isDim(hours, hour) {
  const match = HOURS.exec(hours);
  if (match === null) return false;
  const [from, to] = [Number(match[1]), Number(match[2])];
  if (from > 24 || to > 24) return false;
  return from <= to ? from <= hour && hour < to : from <= hour || hour < to;
}
