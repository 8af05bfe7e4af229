// Ages: all that a page works out by itself, since time alone changes them. A text of the server's is either whole, or
// { text: "last act {age} ago", at: the instant from which the age counts }.

import { say } from "./words.js";

const MINUTE_MS = 60000;
const AGE = "{age}";

// A text as it reads at an instant (ms).
export function textAt(shown, now) {
  if (isAge(shown)) return shown.text.replace(AGE, () => inMinutes(Math.floor(msBetween(shown, now) / MINUTE_MS)));
  return typeof shown === "string" ? shown : shown.text;
}

export function isAge(shown) {
  return typeof shown === "object" && shown.at !== undefined; // a string has an at() of its own
}

// A span in ms: seconds while they matter, then as an age.
export function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60 ? say("age.seconds", { n: seconds }) : inMinutes(Math.floor(seconds / 60));
}

// The first instant (ms) after `now` at which one of these texts reads otherwise.
export function nextMinute(texts, now) {
  const ages = texts.filter(isAge).map((shown) => Math.max(0, msBetween(shown, now)));
  return ages.reduce((next, age) => Math.min(next, now + MINUTE_MS - (age % MINUTE_MS)), Infinity);
}

function msBetween(shown, now) {
  return now - Date.parse(shown.at);
}

function inMinutes(minutes) {
  if (minutes < 1) return say("age.instantly");
  if (minutes < 60) return say("age.minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return say("age.hours", { hours, minutes: twoDigits(minutes % 60) });
  return say("age.days", { days: Math.floor(hours / 24), hours: twoDigits(hours % 24) });
}

function twoDigits(number) {
  return String(number).padStart(2, "0");
}
