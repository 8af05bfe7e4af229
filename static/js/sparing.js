// What spares a screen, and whoever is near it at night: it is kept awake, its picture drifts, and it is dim at its hours.

import { Awake } from "./awake.js";
import { isDim } from "./dim.js";
import { driftAt } from "./drift.js";
import { setAttribute } from "./page/dom.js";
import { localTime } from "./page/local-time.js";

export class Sparing {
  constructor(board) {
    this.board = board;
    this.awake = new Awake();
  }

  // `now` by the server's clock, in ms; NaN while it is not known. `offsets`: of the board's clocks.
  tick(now, offsets) {
    this.awake.keep();
    if (Number.isNaN(now)) return;

    const { hour } = localTime(now, offsets);
    setAttribute(this.board, "dimmed", isDim(this.board.getAttribute("dim"), hour) ? "" : null);
    const [x, y] = driftAt(now);
    this.board.style.transform = `translate(${x}px, ${y}px)`;
  }

  seen() {
    this.awake.seen();
  }

  end() {
    this.awake.end();
    setAttribute(this.board, "dimmed", null);
    this.board.style.transform = "";
  }
}
