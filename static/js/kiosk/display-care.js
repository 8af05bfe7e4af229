// Care for a display that runs day and night: it is kept awake, its picture drifts against burn-in, and it is dimmed at
// set hours.

import { setAttribute, setFlag } from "../page/dom.js";
import { localTime } from "../page/local-time.js";

const HOURS = /^([0-9]{1,2})-([0-9]{1,2})$/; // "20-7": from 20:00 until 7:00
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

  // `now` by the server's clock, in ms; NaN while it is not known. `offsets`: of the board's clocks.
  tick(now, offsets) {
    this.keepAwake();
    if (Number.isNaN(now)) return;

    const { hour } = localTime(now, offsets);
    setFlag(this.board, "dimmed", isDim(this.board.getAttribute("dim"), hour));
    const [x, y] = driftAt(now);
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

// Whether a display is dimmed at `hour`. Hours that make no sense are none.
export function isDim(hours, hour) {
  const match = HOURS.exec(hours);
  if (match === null) return false;
  const [from, to] = [Number(match[1]), Number(match[2])];
  if (from > 24 || to > 24) return false;
  return from <= to ? from <= hour && hour < to : from <= hour || hour < to;
}

// [x, y] in pixels at an instant in ms: a pixel further each minute, there and back over 5 x 5 places. Only left and up,
// into the padding: a page that is moved the other way overflows.
export function driftAt(now) {
  const step = Math.floor(now / DRIFT_STEP_MS) % (2 * DRIFT_LAST);
  const place = Math.min(step, 2 * DRIFT_LAST - step);
  const row = Math.floor(place / DRIFT_SIDE);
  const column = place % DRIFT_SIDE;
  return [row % 2 === 0 ? -column : column - (DRIFT_SIDE - 1), -row];
}
