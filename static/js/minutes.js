// When ages turn that are told in whole minutes.

const MINUTE_MS = 60000;

// The first instant (ms) after `at` at which the age of one of `instants` does; absent ones have none.
export function nextMinute(instants, at) {
  const ages = instants.filter((instant) => instant !== undefined).map((instant) => at - Date.parse(instant));
  return ages.reduce((next, age) => Math.min(next, at + MINUTE_MS - (Math.max(0, age) % MINUTE_MS)), Infinity);
}
