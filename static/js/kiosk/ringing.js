// When a wall sounds its alarms: once as one begins, and again every minute until someone has seen it or it is over.
// Never in the first 30 s after the page was loaded or connected again, and never for what was in alarm before that.

const QUIET_MS = 30000;
const AGAIN_MS = 60000;

export class Ringing {
  // `now` here and below: of the device's steady clock, in ms.
  constructor(now) {
    this.begin(now);
  }

  // The page was loaded, or its socket opened.
  begin(now) {
    this.quietUntil = now + QUIET_MS;
    this.rungAt = -Infinity;
    this.boards = new Map(); // by board, which of its figures are in alarm: true if it began since
    this.begunAt = null;
    this.rings = [];
  }

  // `alarms`: figures of a board in alarm that no one has seen, and since when; `unknown`: those that cannot be told.
  // `at`: of these numbers, in ms, by the server's clock as all instants.
  hear(board, alarms, unknown, at) {
    if (this.begunAt === null) this.begunAt = at;
    const isFirst = this.boards.size === 0;
    const before = this.boards.get(board);
    const after = new Map();
    for (const [figure, since] of Object.entries(alarms)) {
      if (before === undefined) after.set(figure, !isFirst && Date.parse(since) >= this.begunAt);
      else after.set(figure, before.has(figure) ? before.get(figure) : true);
    }
    for (const figure of unknown) {
      if (before !== undefined && before.has(figure)) after.set(figure, before.get(figure));
    }
    this.boards.set(board, after);
    const rings = Object.keys(alarms).filter((figure) => after.get(figure)).map((figure) => `${board} ${figure}`);
    if (rings.some((ring) => !this.rings.includes(ring))) this.rungAt = -Infinity;
    this.rings = rings;
  }

  get isRinging() {
    return this.rings.length > 0;
  }

  // Whether to sound now, which counts as done then.
  takeDue(now) {
    if (!this.isRinging || now < this.quietUntil || now - this.rungAt < AGAIN_MS) return false;
    this.rungAt = now;
    return true;
  }
}
