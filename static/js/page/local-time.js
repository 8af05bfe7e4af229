// What the clocks of a board show. Its server knows the rules of its time zone; those of this device may be old.

const MINUTE_MS = 60000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

// An instant (ms) as the day there, counted since 1970, and the hour of it. `offsets`: by how many minutes its clocks
// are ahead of UTC, and when they will be by how many, as in "60 2027-03-28T01:00:00.000Z 120".
export function localTime(instant, offsets) {
  const [minutes, change, minutesThen] = offsets.split(" ");
  const ahead = instant >= Date.parse(change) ? minutesThen : minutes;
  const local = instant + Number(ahead) * MINUTE_MS;
  const day = Math.floor(local / DAY_MS);
  return { day, hour: Math.floor((local - day * DAY_MS) / HOUR_MS) };
}
