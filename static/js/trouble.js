// Whether no post was taken for long, though somebody is at work who should cause some: the rule of
// app/pages/trouble.py, which says why. Pure.

import { lookUp } from "./document.js";
import { timeOfDay } from "./format.js";
import { say } from "./words.js";

const QUIET_AFTER_MS = 15 * 60 * 1000;

// `now` is the server's, in ms.
export function isQuiet(document, now) {
  return now - lastTakenAt(document) >= QUIET_AFTER_MS && isSomebodyAtWork(document);
}

// ms, or NaN while there was none.
export function lastTakenAt(document) {
  return Date.parse(lookUp(document, "delivery.last_accepted_at"));
}

// Since when posts come and none is taken, and why: { since, cause }; undefined while that is not so.
export function noneTaken(document) {
  return lookUp(document, "delivery.none_taken");
}

// How many posts wait for the store and since when, in words; empty while none waits.
export function waitingPosts(document, zone) {
  const since = Date.parse(lookUp(document, "delivery.spooled_since"));
  if (Number.isNaN(since)) return "";
  return say("band.waiting-posts", { n: lookUp(document, "delivery.spooled"), time: timeOfDay(since, zone, "hh:mm".length) });
}

function isSomebodyAtWork(document) {
  return lookUp(document, "operators.connected") > 0 || lookUp(document, "conversations.onsite.open") > 0;
}
