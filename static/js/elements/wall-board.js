// <wall-board board="all" at="2026-11-22T09:00:00.000Z" time-zone="Europe/Paris">: a board on a screen, which nobody
// touches for weeks.
//   orders the orders that its screen had been given when the page came: the server tells any later one
//   dim    set in the page: the hours at which it is darker, as in "20-7"
//   dimmed it is one of them
//   state  plain  beside those of live-board.js: the numbers are those of the page, which is asked for again and again,
//                 since there is no socket
//   deserted  humans hold open onsite conversations, and none is connected for certain; "unverified": some may be there
// The rest is said in live-board.js.

import { CODE_PAGE } from "../belonging.js";
import { lookUp } from "../document.js";
import { isDeserted } from "../format.js";
import { buildOfPage, LiveBoard } from "../live-board.js";
import { Plain, putInPlace } from "../plain.js";
import { Renewal } from "../renewal.js";
import { setAttribute } from "../slot.js";
import { Sparing } from "../sparing.js";

const PLAIN_LOST_AFTER_MS = 14000; // a page missed of one each 10 s
const REFUSALS_MOST = 4; // within 7 s
const REFUSED_MOST_MS = 10000; // a proxy may let handshakes hang

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
    this.refusals = 0;
    this.openedAt = performance.now();
    this.plain = new Plain({
      show: (board, build) => this.show(board, build),
      leave: (path) => this.end(path),
    });
  }

  stop() {
    this.sparing.end();
    this.plain.end();
    super.stop();
  }

  take(frame) {
    this.plain.end();
    super.take(frame);
  }

  hear(beat) {
    super.hear(beat);
    this.renewal.hear(beat.build);
  }

  // A socket that never was to be had may never be: then the page itself is asked for, and says where else to go.
  doWithout() {
    this.refusals += 1;
    const isHopeless = this.refusals >= REFUSALS_MOST || performance.now() - this.openedAt >= REFUSED_MOST_MS;
    if (this.document === undefined && isHopeless) this.plain.begin();
    else this.askWhereElse();
  }

  // The page as it came just now. It tells of an order, though not of which: one that leads elsewhere moved the page.
  show(board, build) {
    if (board.getAttribute("orders") !== this.getAttribute("orders")) this.follow({ type: "reload" });
    putInPlace(this, board);
    this.renewal.hear(build);
    this.came = this.getAttribute("state");
    this.asOf = Date.parse(this.getAttribute("at"));
    this.clock.set(this.came === "store-away" ? this.clock.now() : this.asOf);
    this.paint();
  }

  tick() {
    super.tick();
    this.renewal.tick(this.clock.now(), this.zone());
    this.sparing.tick(this.clock.now(), this.zone());
  }

  see() {
    super.see();
    this.sparing.seen();
  }

  painted(view) {
    setAttribute(this, "deserted", isDeserted(view.document) ? whoMayBeThere(view.document) : null);
  }

  link() {
    const link = super.link();
    return this.document === undefined && this.plain.isOn() && link === "live" ? "plain" : link;
  }

  lostAfterMs() {
    return this.plain.isOn() ? PLAIN_LOST_AFTER_MS : super.lostAfterMs();
  }
}

function whoMayBeThere(document) {
  return lookUp(document, "operators.unverified") > 0 ? "unverified" : "";
}

customElements.define("wall-board", WallBoard);
