// Whether no post was taken for long, though somebody is at work who should cause some: the rule of
// app/pages/trouble.py, which says why. Pure.

import { lookUp } from "./document.js";

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

function isSomebodyAtWork(document) {
  return lookUp(document, "operators.connected") > 0 || lookUp(document, "conversations.onsite.open") > 0;
}
