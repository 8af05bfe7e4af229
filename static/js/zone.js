// The calendar of a time zone, as its walls have it.

const DAY_MS = 24 * 60 * 60 * 1000;

// An instant in ms as the day there, counted since 1970, and the hour of it.
export function localTime(instant, zone) {
  const parts = {};
  for (const { type, value } of calendarOf(zone).formatToParts(instant)) parts[type] = Number(value);
  return { day: Date.UTC(parts.year, parts.month - 1, parts.day) / DAY_MS, hour: parts.hour };
}

// Making one costs a millisecond on a TV, and a page has one zone.
let calendar = null;

function calendarOf(zone) {
  if (calendar === null || calendar.zone !== zone) calendar = { zone, format: makeCalendar(zone) };
  return calendar.format;
}

// A TV knows the zones of its year of make: one that was renamed since is taken for UTC.
function makeCalendar(timeZone) {
  const fields = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit" };
  try {
    return new Intl.DateTimeFormat("en-GB", Object.assign({ timeZone }, fields));
  } catch (error) {
    return new Intl.DateTimeFormat("en-GB", Object.assign({ timeZone: "UTC" }, fields));
  }
}
