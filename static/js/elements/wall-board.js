// <wall-board board="all" at="2026-11-22T09:00:00.000Z" time-zone="Europe/Paris">: a board kept live.
// It holds the document and the server's clock, paints the parts within it, and leaves when it is told to.
//   orders the orders that its screen had been given when the page came: the server tells any later one
//   at     the instant of the numbers that the page came with; absent when it came without
//   dim    set in the page: the hours at which it is darker, as in "20-7"
//   dimmed it is one of them
//   up     its module runs
//   state  live         the numbers are those of the moment, or none came yet
//          plain        they are those of the page, which is asked for again and again, since there is no socket
//          quiet        they are, but nothing was posted to the server for long, though somebody is at work
//          store-away   the server is there, but cannot reach its store
//          lost         nothing was heard from the server for 12 s
//          stale        either of the last two, and the numbers are older than 5 minutes
//          ended        this browser may no longer see the board: no number is in sight
// Of two troubles, the one further down is told.
//   deserted  conversations are open, and nobody is connected

import { CODE_PAGE, whereElse } from "../belonging.js";
import { Connection, SILENCE_MS } from "../connection.js";
import { ServerClock } from "../clock.js";
import { applyPatch, lookUp } from "../document.js";
import { isDeserted } from "../format.js";
import { here, Journey } from "../journey.js";
import { Painter } from "../painter.js";
import { Plain, putInPlace } from "../plain.js";
import { Renewal } from "../renewal.js";
import { setAttribute } from "../slot.js";
import { Sparing } from "../sparing.js";
import { isQuiet } from "../trouble.js";
import { Watchdog } from "../watchdog.js";

const TICK_MS = 1000;
const LOST_AFTER_MS = SILENCE_MS; // and a tick: within 15 s of the last frame
const PLAIN_LOST_AFTER_MS = 14000; // a page missed of one each 10 s
const REFUSALS_MOST = 4; // within 7 s
const REFUSED_MOST_MS = 10000; // a proxy may let handshakes hang
const STALE_AFTER_MS = 5 * 60 * 1000;

const RESTART = { pauseMostMs: 60000, isWorth: () => true };

const PARTS = "channel-list, live-value, trend-line, as-of, board-notes, status-band";

export class WallBoard extends HTMLElement {
  connectedCallback() {
    this.document = undefined;
    this.came = this.getAttribute("state");
    this.storeIsAway = false;
    this.asOf = Date.parse(this.getAttribute("at"));
    this.clock = new ServerClock(this.asOf);
    this.painter = new Painter(() => this.paint());
    this.journey = new Journey();
    this.renewal = new Renewal(buildOfPage(), this.journey);
    this.watchdog = new Watchdog(() => this.restart());
    this.sparing = new Sparing(this);
    this.question = null;
    this.refusals = 0;
    this.openedAt = performance.now();
    this.plain = new Plain({
      show: (board, build) => this.show(board, build),
      leave: (path) => this.end(path),
    });
    this.connection = new Connection(socketUrl(this), {
      take: (frame) => this.take(frame),
      order: (frame) => this.follow(frame),
      ended: () => this.end(CODE_PAGE),
      refused: () => this.doWithout(),
    });
    this.connection.open();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.whenSeen = () => this.see();
    document.addEventListener("visibilitychange", this.whenSeen);
    setAttribute(this, "up", "");
    this.tick();
  }

  disconnectedCallback() {
    this.stop();
    this.journey.cancel();
    setAttribute(this, "up", null);
  }

  stop() {
    this.sparing.end();
    this.plain.end();
    document.removeEventListener("visibilitychange", this.whenSeen);
    clearInterval(this.timer);
    this.connection.close();
    this.painter.cancel();
    if (this.question !== null) this.question.abort();
    this.question = null;
  }

  take(frame) {
    this.plain.end();
    if (frame.type === "snapshot") this.document = frame.document;
    if (frame.type === "patch") this.document = applyPatch(this.document, frame.patch);
    if (frame.type === "beat") this.hear(frame);

    this.clock.set(Date.parse(frame.at));
    if (!this.storeIsAway) this.asOf = this.clock.at;
    this.painter.request();
    this.watchdog.expect();
  }

  hear(beat) {
    this.storeIsAway = beat.store === "away";
    this.renewal.hear(beat.build);
  }

  follow(order) {
    if (order.type === "reload") this.journey.head(here());
    if (order.type === "go") this.journey.head(order.path);
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

  // Asked once for each attempt that failed, and not while the last question is still open.
  async askWhereElse() {
    if (this.question !== null) return;
    const question = new AbortController();
    this.question = question;
    const path = await whereElse(question);
    if (this.question !== question) return;

    this.question = null;
    if (path !== null) this.end(path);
  }

  // At once, and not by the painter, which may wait while the page is hidden.
  end(path) {
    this.stop();
    this.journey.head(path);
    setAttribute(this, "state", "ended");
    this.paintParts("status-band", { link: "ended" });
  }

  // Whatever leads elsewhere already is as good.
  restart() {
    if (!this.journey.isUnderWay()) this.journey.head(here(), RESTART);
  }

  // Time alone changes only what is said of numbers that are to be doubted.
  tick() {
    const link = this.link();
    this.watchdog.tick(link !== "lost");
    if (link !== "live") this.painter.request();
    this.renewal.tick(this.clock.now(), this.zone());
    this.sparing.tick(this.clock.now(), this.zone());
  }

  see() {
    this.painter.paintNow();
    this.sparing.seen();
  }

  zone() {
    return lookUp(this.document, "board.time_zone") || this.getAttribute("time-zone");
  }

  paint() {
    const view = {
      document: this.document,
      zone: this.zone(),
      asOf: this.asOf,
      now: this.clock.now(),
      link: this.link(),
    };
    setAttribute(this, "state", stateOf(view));
    if (this.document !== undefined) setAttribute(this, "deserted", isDeserted(this.document) ? "" : null);
    if (view.link === "quiet" && this.document === undefined) return; // as the page says already
    if (this.paintParts(this.document === undefined ? "status-band" : PARTS, view)) this.watchdog.rest();
  }

  // Whether all went well: one that fails stops no other, and shows nothing rather than what was true before.
  paintParts(parts, view) {
    return Array.from(this.querySelectorAll(parts), (part) => isPainted(part, view)).every(Boolean);
  }

  link() {
    if (this.clock.elapsed() > (this.plain.isOn() ? PLAIN_LOST_AFTER_MS : LOST_AFTER_MS)) return "lost";
    if (this.document === undefined) return this.plain.isOn() && this.came === "live" ? "plain" : this.came;
    if (this.storeIsAway) return "store-away";
    return isQuiet(this.document, this.clock.now()) ? "quiet" : "live";
  }
}

function isPainted(part, view) {
  try {
    part.paint(view);
    setAttribute(part, "failed", null);
    return true;
  } catch (error) {
    if (!part.hasAttribute("failed")) console.error(error);
    setAttribute(part, "failed", "");
    return false;
  }
}

function stateOf(view) {
  const isOutOfTouch = view.link === "lost" || view.link === "store-away";
  return isOutOfTouch && view.now - view.asOf >= STALE_AFTER_MS ? "stale" : view.link;
}

function socketUrl(board) {
  const url = new URL(`/ws/boards/${encodeURIComponent(board.getAttribute("board"))}`, window.location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("view", "wall");
  url.searchParams.set("build", buildOfPage());
  url.searchParams.set("orders", board.getAttribute("orders"));
  url.searchParams.set("resolution", [screen.width, screen.height].map(inDevicePixels).join("x"));
  return url.href;
}

function buildOfPage() {
  return document.querySelector('meta[name="build"]').content;
}

function inDevicePixels(length) {
  return Math.round(length * window.devicePixelRatio);
}

customElements.define("wall-board", WallBoard);
