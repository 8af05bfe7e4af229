// Counts in how many pages in a row this tab stayed only for a moment, to slow down reload loops. Kept in the session
// storage of the tab, so that it outlives the pages; fallback.js counts on.

import { keep, recall } from "../page/storage.js";

const KEY = "deskboard.laps";
const STAY_MS = 2000;
const STAY_MOST_MS = 10 * 60 * 1000;
const FREE_RELOADS = 3; // from a code to a wall, and an order or two
const SOON_MS = 60 * 1000;

// How long this page must stay, in ms since it began to load.
export function leastStay() {
  const reloads = reloadsSoFar();
  return reloads > 0 || cameFromUs() ? stayAfter(reloads) : 0;
}

// To be called when the page leaves by itself.
export function countReload() {
  const reloads = reloadsSoFar();
  keep("sessionStorage", KEY, performance.now() < SOON_MS + 2 * stayAfter(reloads) ? reloads + 1 : 0);
}

function stayAfter(reloads) {
  return Math.min(STAY_MOST_MS, STAY_MS * 2 ** Math.max(0, reloads - FREE_RELOADS));
}

function cameFromUs() {
  return document.referrer.startsWith(window.location.origin);
}

// Where nothing is kept, only cameFromUs() slows a loop down.
function reloadsSoFar() {
  return Number(recall("sessionStorage", KEY)) || 0;
}
