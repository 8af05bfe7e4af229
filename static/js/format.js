// How a value of the document reads on a page: the same words and rounding as app/pages/values.py.
// `at` is the instant the numbers are from, in ms; `zone` an IANA time zone.

import { lookUp } from "./document.js";

export const DASH = "–";
const MINUS = "−";

const AMOUNT = /^(-?)([0-9]+)(\.[0-9]+)?$/;
const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})$/;

const FORMS = { text, number, score, signed, money, age, time };

// A value as the slots of the page show it; what is absent or of another kind is a dash.
export function display(value, form, at, zone) {
  return FORMS[form](value, at, zone);
}

export function timeOfDay(instant, zone, length = "hh:mm:ss".length) {
  if (Number.isNaN(instant)) return DASH;

  const face = clockFaceOf(zone);
  return face.format(instant).slice(0, length) + face.suffix;
}

// A span in ms: seconds while they matter, then as an age.
export function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60 ? `${seconds} s` : inMinutes(Math.floor(seconds / 60));
}

// How much room a figure needs; the style sheet has a type size for each.
export function extent(shown) {
  if (shown.length <= 3) return "short";
  if (shown.length <= 6) return "medium";
  return shown.length <= 9 ? "long" : "longest";
}

// How close the rows of a list must stand; likewise.
export function density(rows) {
  if (rows <= 8) return "loose";
  return rows <= 12 ? "dense" : "packed";
}

// What today's numbers miss, in words; empty when they miss nothing.
export function notes(document, zone) {
  const said = [];
  const countingSince = lookUp(document, "delivery.counting_since");
  if (parseInstant(countingSince) > parseInstant(lookUp(document, "board.since"))) {
    said.push(`counting since ${time(countingSince, undefined, zone)}`);
  }
  const gaps = lookUp(document, "delivery.gaps");
  if (Array.isArray(gaps) && gaps.length > 0) {
    const last = gaps[gaps.length - 1];
    const [from, to] = [last.from, last.to].map((end) => timeOfDay(parseInstant(end), zone));
    said.push(`not receiving${gaps.length > 1 ? ` ${gaps.length} times, last` : ""} ${from}–${to}`);
  }
  return said.join(" · ");
}

function text(value) {
  return typeof value === "string" ? value : DASH;
}

function number(value) {
  return Number.isInteger(value) ? withSign(value < 0, grouped(String(Math.abs(value)))) : DASH;
}

function score(value) {
  return isNumber(value) ? value.toFixed(1).replace("-", MINUS) : DASH;
}

function signed(value) {
  return isNumber(value) && value > 0 ? `+${score(value)}` : score(value);
}

function money(value) {
  const match = typeof value === "string" ? AMOUNT.exec(value) : null;
  return match === null ? DASH : withSign(match[1] === "-", grouped(match[2]) + (match[3] || ""));
}

function age(value, at) {
  const ms = at - parseInstant(value);
  return Number.isNaN(ms) ? DASH : inMinutes(Math.floor(ms / 60000));
}

function time(value, at, zone) {
  return timeOfDay(parseInstant(value), zone, "hh:mm".length);
}

// ms, or NaN for what is no instant.
function parseInstant(value) {
  return INSTANT.test(value) ? Date.parse(value) : NaN;
}

function inMinutes(minutes) {
  if (minutes < 1) return "<1 min";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}`;
  return `${Math.floor(minutes / (24 * 60))}d ${twoDigits(Math.floor(minutes / 60) % 24)}h`;
}

function isNumber(value) {
  return typeof value === "number";
}

function twoDigits(count) {
  return String(count).padStart(2, "0");
}

function grouped(digits) {
  return digits.replace(/^0+(?=[0-9])/, "").replace(/\B(?=([0-9]{3})+$)/g, ",");
}

function withSign(isNegative, digits) {
  return isNegative ? MINUS + digits : digits;
}

// Making one costs a millisecond on a TV, and a page has one zone.
let clockFace = null;

function clockFaceOf(zone) {
  if (clockFace === null || clockFace.zone !== zone) clockFace = makeClockFace(zone);
  return clockFace;
}

// A TV knows the zones of its year of make: one that was renamed since is shown in UTC, and says so.
function makeClockFace(zone) {
  try {
    return { zone, format: clockFormat(zone), suffix: "" };
  } catch (error) {
    return { zone, format: clockFormat("UTC"), suffix: " UTC" };
  }
}

function clockFormat(timeZone) {
  return new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit" }).format;
}
