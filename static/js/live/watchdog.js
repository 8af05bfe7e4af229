// Notices that frames arrive and are not painted. Silence is the connection's business.

const PATIENCE_TICKS = 20; // not a time: a device that slept did not tick

export class Watchdog {
  constructor(onStuck) {
    this.onStuck = onStuck;
    this.isWaiting = false;
    this.ticks = 0;
  }

  // A frame came.
  expect() {
    this.isWaiting = true;
  }

  // Every frame is painted.
  rest() {
    this.isWaiting = false;
    this.ticks = 0;
  }

  // Once a second. `isHeard`: whether frames still arrive.
  tick(isHeard) {
    if (document.hidden) this.ticks = 0;
    else if (this.isWaiting && isHeard) this.ticks += 1;
    if (this.ticks < PATIENCE_TICKS) return;
    this.ticks = 0;
    this.onStuck();
  }
}
