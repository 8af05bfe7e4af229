// <wall-board board="all" at="2026-11-22T09:00:00.000Z" local="2026-11-22T10:00:00">: a board on a screen that runs
// unattended for weeks.
//   local     what the clocks of the board showed at the instant of `at`
//   orders    how many orders its screen had been given when the page was rendered: the server sends any later one
//   dim       set in the page: the hours at which it is dimmed, as in "20-7"
//   dimmed    it is one of them
//   sound    set in the page: it sounds its alarms
//   screen   set in the page: it is shown by a paired screen
//   deserted  humans hold open onsite conversations, and none is connected for certain
//   waiting   no event came yet
//   plan      set in the page: how large its letters are, and how many tiles it has room for
//   tiles     which figures it shows
// live/board.js has the rest.

import { AlarmSound } from "../kiosk/alarm-sound.js";
import { DisplayCare } from "../kiosk/display-care.js";
import { buildOfPage, LiveBoard } from "../live/board.js";
import { AutoReload } from "../navigation/auto-reload.js";
import { CODE_PAGE, currentPath, requestPage } from "../navigation/screen-link.js";
import { setAttribute, setFlag, setText } from "../page/dom.js";
import { LatestRequest } from "../page/fetch-latest.js";

const SILENCE = { begin() {}, hear() {}, tick() {}, end() {} };

export class WallBoard extends LiveBoard {
  constructor() {
    super();
    this.viewName = "wall";
    this.parts = "channel-list, live-value, live-text, board-chart, chart-ticks, age-bar, as-of, status-band";
    this.exit = CODE_PAGE;
  }

  connectedCallback() {
    this.sound = SILENCE;
    super.connectedCallback();
    if (this.hasAttribute("sound")) this.sound = new AlarmSound(this.querySelector(".sound"), this.connection);
  }

  exitOfRemoved() {
    return this.hasAttribute("screen") ? CODE_PAGE : super.exitOfRemoved();
  }

  prepare() {
    this.autoReload = new AutoReload(buildOfPage(), this.navigation, this.clock.local());
    this.displayCare = new DisplayCare(this);
    this.pages = new LatestRequest();
  }

  stop() {
    this.pages.cancel();
    this.displayCare.end();
    this.sound.end();
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
    if (frame.type !== "beat") this.sound.hear(this.getAttribute("board"), this.document, Date.parse(frame.at));
  }

  showBoard({ board, place }) {
    if (board !== this.getAttribute("board")) this.isNew = true;
    setAttribute(this, "board", board);
    this.place = place;
    this.connection.url = this.socketUrl();
  }

  onOpen() {
    this.sound.begin();
  }

  onBeat(beat) {
    super.onBeat(beat);
    this.autoReload.hear(beat.build);
  }

  tick() {
    super.tick();
    this.autoReload.tick(this.clock.local());
    this.displayCare.tick(this.clock.local());
    this.sound.tick(this.link());
  }

  onVisible() {
    super.onVisible();
    this.displayCare.onVisible();
  }

  viewOf() {
    return Object.assign(super.viewOf(), { isNew: this.isNew });
  }

  paintAll(view) {
    super.paintAll(view);
    const { document } = view;
    this.isNew = false;
    if (this.place !== undefined) setText(this.querySelector(".place"), this.place);
    if (document.tiles !== this.getAttribute("tiles")) this.bringTiles();
    setFlag(this, "waiting", document.texts.state !== undefined);
    setFlag(this, "deserted", document.texts["board:deserted"] !== undefined);
  }

  // A board with other tiles than the page has: they are taken from the page that the server would send now.
  async bringTiles() {
    if (this.pages.isPending) return;
    const answer = await this.pages.run((canceller) => requestPage(currentPath(), canceller));
    const page = answer.page();
    const board = page && page.querySelector("wall-board");
    if (board === null) return;
    this.querySelector(".tiles").replaceWith(document.importNode(board.querySelector(".tiles"), true));
    setAttribute(this, "tiles", board.getAttribute("tiles"));
    this.isNew = true;
    this.requestPaint();
  }
}

customElements.define("wall-board", WallBoard);
