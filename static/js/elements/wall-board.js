// <wall-board board="all" at="2026-11-22T09:00:00.000Z" offsets="60">: a board on a screen, which nobody touches for
// weeks.
//   orders the orders that its screen had been given when the page came: the server tells any later one
//   dim    set in the page: the hours at which it is darker, as in "20-7"
//   dimmed it is one of them
//   deserted  humans hold open onsite conversations, and none is connected for certain
// The rest is said in live/board.js.

import { CODE_PAGE } from "../belonging.js";
import { buildOfPage, LiveBoard } from "../live/board.js";
import { setAttribute, setText } from "../page/dom.js";
import { Renewal } from "../renewal.js";
import { Sparing } from "../sparing.js";

export class WallBoard extends LiveBoard {
  get viewName() {
    return "wall";
  }

  get parts() {
    return "channel-list, live-value, trend-line, as-of, board-notes, status-band";
  }

  get exit() {
    return CODE_PAGE;
  }

  prepare() {
    this.renewal = new Renewal(buildOfPage(), this.journey);
    this.sparing = new Sparing(this);
  }

  stop() {
    this.sparing.end();
    super.stop();
  }

  // An answer to a question tells of an order, though not of which: one that leads elsewhere moved the page.
  poll(frame) {
    super.poll(frame);
    if (String(frame.orders) !== this.getAttribute("orders")) this.follow({ type: "reload" });
    setAttribute(this, "orders", String(frame.orders));
  }

  hear(beat) {
    super.hear(beat);
    this.renewal.hear(beat.build);
  }

  tick() {
    super.tick();
    this.renewal.tick(this.clock.now(), this.offsets());
    this.sparing.tick(this.clock.now(), this.offsets());
  }

  see() {
    super.see();
    this.sparing.seen();
  }

  painted({ document }) {
    setAttribute(this, "deserted", document.deserted === undefined ? null : "");
    if (document.deserted !== undefined) setText(this.querySelector(".alarm .words"), document.deserted);
  }
}

function whoMayBeThere(document) {
  return lookUp(document, "operators.unverified") > 0 ? "unverified" : "";
}

customElements.define("wall-board", WallBoard);
