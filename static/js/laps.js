// How often in a row pages of this tab were left soon after they came. The tab keeps it, so that it outlives them.

const KEY = "deskboard.laps";
const STAY_MS = 2000;
const STAY_MOST_MS = 10 * 60 * 1000;
const FREE_LAPS = 3; // from a code to a wall, and an order or two
const SOON_MS = 60 * 1000;

// How long a page must stay, in ms from its beginning: pages that lead on and on must not make the browser spin.
export function stay() {
  const laps = read();
  return laps > 0 || wasLedHere() ? stayAfter(laps) : 0;
}

// The page is left by itself.
export function countLap() {
  const laps = read();
  write(performance.now() < SOON_MS + 2 * stayAfter(laps) ? laps + 1 : 0);
}

function stayAfter(laps) {
  return Math.min(STAY_MOST_MS, STAY_MS * 2 ** Math.max(0, laps - FREE_LAPS));
}

function wasLedHere() {
  return document.referrer.startsWith(window.location.origin);
}

// A browser that is told to keep nothing throws.
function read() {
  try {
    return Number(sessionStorage.getItem(KEY)) || 0;
  } catch (error) {
    return 0;
  }
}

function write(laps) {
  try {
    sessionStorage.setItem(KEY, String(laps));
  } catch (error) {
    // then wasLedHere() alone tells
  }
}
