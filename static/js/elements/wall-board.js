// <wall-board board="all" at="2026-11-22T09:00:00.000Z" offsets="60">: a board on a screen that runs unattended for weeks.
//   orders    how many orders its screen had been given when the page was rendered: the server sends any later one
//   dim       set in the page: the hours at which it is dimmed, as in "20-7"
//   dimmed    it is one of them
//   screen   set in the page: it is shown by a paired screen
//   deserted  humans hold open onsite conversations, and none is connected for certain
// live/board.js has the rest.

import { DisplayCare } from "../kiosk/display-care.js";
import { buildOfPage, LiveBoard } from "../live/board.js";
import { AutoReload } from "../navigation/auto-reload.js";
import { CODE_PAGE } from "../navigation/redirect.js";
import { setAttribute, setText } from "../page/dom.js";

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

  get exitOfRemoved() {
    return this.hasAttribute("screen") ? CODE_PAGE : null;
  }

  prepare() {
    this.autoReload = new AutoReload(buildOfPage(), this.navigation);
    this.displayCare = new DisplayCare(this);
  }

  stop() {
    this.displayCare.end();
    super.stop();
  }

  // A poll says that there was an order, not which: an order to go elsewhere redirects the poll.
  onPolled(frame) {
    this.showBoard(frame);
    super.onPolled(frame);
    if (String(frame.orders) !== this.getAttribute("orders")) this.onOrder({ type: "reload" });
    setAttribute(this, "orders", String(frame.orders));
  }

  onOrder(order) {
    if (order.type === "show") this.next = order;
    else super.onOrder(order);
  }

  // The board that a screen was brought to is shown with its numbers, in one go.
  read(frame) {
    if (frame.type === "snapshot" && this.next) {
      this.showBoard(this.next);
      this.next = null;
    }
    super.read(frame);
  }

  showBoard({ board, place }) {
    if (board !== this.getAttribute("board")) this.isNew = true;
    setAttribute(this, "board", board);
    this.place = place;
    this.connection.url = this.socketUrl();
  }

  onBeat(beat) {
    super.onBeat(beat);
    this.autoReload.hear(beat.build);
  }

  tick() {
    super.tick();
    this.autoReload.tick(this.clock.now(), this.offsets());
    this.displayCare.tick(this.clock.now(), this.offsets());
  }

  onVisible() {
    super.onVisible();
    this.displayCare.onVisible();
  }

  viewOf(view) {
    return Object.assign(view, { isNew: this.isNew });
  }

  painted({ document }) {
    this.isNew = false;
    if (this.place !== undefined) setText(this.querySelector(".place"), this.place);
    setAttribute(this, "deserted", document.deserted === undefined ? null : "");
    if (document.deserted !== undefined) setText(this.querySelector(".alarm .words"), document.deserted);
  }
}

customElements.define("wall-board", WallBoard);
