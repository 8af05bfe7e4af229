// Care for a display that runs day and night: it is kept awake, its picture drifts against burn-in, and it is dimmed at
// set hours.

import { setAttribute, setFlag } from "../page/dom.js";

const HOUR_MS = 60 * 60 * 1000;
const DRIFT_SIDE = 5;
const DRIFT_LAST = DRIFT_SIDE * DRIFT_SIDE - 1;
const DRIFT_STEP_MS = 60000;
const WAKE_RETRY_MS = 60000; // a browser may release the lock at any time, also that of a visible page

export class DisplayCare {
  constructor(board) {
    this.board = board;
    this.lock = null;
    this.lockedAt = -Infinity;
    this.isOver = false;
  }

  // `local`: as the clocks of the board show it, in ms.
  tick(local) {
    this.keepAwake();
    setFlag(this.board, "dimmed", isDim(this.board.getAttribute("dim"), Math.floor(local / HOUR_MS) % 24));
    const [x, y] = driftAt(local);
    this.board.style.transform = `translate(${x}px, ${y}px)`;
  }

  // The lock of a page that was hidden is gone.
  onVisible() {
    this.lockedAt = -Infinity;
    this.keepAwake();
  }

  end() {
    this.isOver = true;
    this.take(this.lock);
    setAttribute(this.board, "dimmed", null);
    this.board.style.transform = "";
  }

  // Keeps the screen on where the browser can: Screen Wake Lock is there over https, and on this very machine.
  keepAwake() {
    const isHeld = this.lock !== null && !this.lock.released;
    if (!navigator.wakeLock || document.hidden || isHeld) return;
    if (performance.now() - this.lockedAt < WAKE_RETRY_MS) return;
    this.lockedAt = performance.now();
    navigator.wakeLock.request("screen").then((lock) => this.take(lock), () => {});
  }

  take(lock) {
    this.lock = lock;
    if (this.isOver && lock !== null) lock.release();
  }
}

// Whether a display is dimmed at `hour`. `hours`: as in "20-7", from 20:00 until 7:00; null: never.
export function isDim(hours, hour) {
  if (hours === null) return false;
  const [from, to] = hours.split("-").map(Number);
  return from < to ? from <= hour && hour < to : from <= hour || hour < to;
}

// [x, y] in pixels at a time in ms: a pixel further each minute, there and back over 5 x 5 places. Only left and up,
// into the padding: a page that is moved the other way overflows.
export function driftAt(time) {
  const step = Math.floor(time / DRIFT_STEP_MS) % (2 * DRIFT_LAST);
  const place = Math.min(step, 2 * DRIFT_LAST - step);
  const row = Math.floor(place / DRIFT_SIDE);
  const column = place % DRIFT_SIDE;
  return [row % 2 === 0 ? -column : column - (DRIFT_SIDE - 1), -row];
}
