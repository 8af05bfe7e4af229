// How a value of the document reads on a page: the same words and rounding as app/pages/reading.py.
// `at` is the instant the numbers are from, in ms; `zone` an IANA time zone.

import { lookUp } from "./document.js";
import { numeral, say } from "./words.js";

export const DASH = "–";

const FEW_ANSWERS = 5;
const AMOUNT = /^-?[0-9]+(\.[0-9]+)?$/;
const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})$/;

const FORMS = { text, number, score, signed, money, rounded, age, time, gaps };

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
  return seconds < 60 ? say("age.seconds", { n: seconds }) : inMinutes(Math.floor(seconds / 60));
}

// How much room a figure needs; the style sheet has a type size for each.
export function extent(shown) {
  if (shown.length <= 3) return "short";
  if (shown.length <= 6) return "medium";
  return shown.length <= 9 ? "long" : "longest";
}

// Whether humans hold open onsite conversations while none of them is connected for certain.
export function isDeserted(document) {
  return lookUp(document, "operators.connected") === 0 && lookUp(document, "conversations.onsite.held_by_humans") > 0;
}

// Whether a score of so many answers says little: one more may turn it over.
export function isFew(answers) {
  return answers < FEW_ANSWERS;
}

// What today's numbers miss, in words; empty when they miss nothing.
export function notes(document, zone) {
  const said = [];
  const skew = lookUp(document, "delivery.clock_skew_seconds");
  if (isNumber(skew)) said.push(clock(skew));
  const countingSince = lookUp(document, "delivery.counting_since");
  if (parseInstant(countingSince) > parseInstant(lookUp(document, "board.since"))) {
    said.push(say("notes.since", { time: time(countingSince, undefined, zone) }));
  }
  const found = lookUp(document, "delivery.gaps");
  if (Array.isArray(found) && found.length > 0) said.push(gaps(found, undefined, zone));
  return said.join(" · ");
}

// By how much the server's clock is wrong.
function clock(skew) {
  return say(skew > 0 ? "notes.clock-ahead" : "notes.clock-behind", { span: inMinutes(Math.round(Math.abs(skew) / 60)) });
}

// When nobody received, in words: how often, and the last time.
function gaps(value, at, zone) {
  if (!Array.isArray(value)) return DASH;
  if (value.length === 0) return say("notes.no-gaps");
  const last = value[value.length - 1];
  const [from, to] = [last.from, last.to].map((end) => time(end, undefined, zone));
  return say(value.length === 1 ? "notes.gap" : "notes.gaps", { n: value.length, from, to });
}

function text(value) {
  return typeof value === "string" ? value : DASH;
}

function number(value) {
  return Number.isInteger(value) ? numeral(value.toFixed(0)) : DASH;
}

function score(value) {
  return isNumber(value) ? numeral(value.toFixed(1)) : DASH;
}

function signed(value) {
  return isNumber(value) && value > 0 ? `+${score(value)}` : score(value);
}

function money(value) {
  return isAmount(value) ? numeral(value) : DASH;
}

// In whole units, or thousands of them, half away from zero: to compare with, at a glance.
function rounded(value) {
  if (!isAmount(value)) return DASH;
  const units = whole(Number(value));
  return Math.abs(units) < 1e6 ? number(units) : say("value.thousands", { n: whole(units / 1000) });
}

function whole(amount) {
  return Math.sign(amount) * Math.round(Math.abs(amount)) + 0;
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
  if (minutes < 1) return say("age.instantly");
  if (minutes < 60) return say("age.minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return say("age.hours", { hours, minutes: twoDigits(minutes % 60) });
  return say("age.days", { days: Math.floor(hours / 24), hours: twoDigits(hours % 24) });
}

function isNumber(value) {
  return typeof value === "number";
}

function isAmount(value) {
  return typeof value === "string" && AMOUNT.test(value);
}

function twoDigits(count) {
  return String(count).padStart(2, "0");
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

// Hours of 0 to 23, as both languages write them.
function clockFormat(timeZone) {
  return new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit" }).format;
}
