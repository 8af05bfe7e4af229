// A board kept live, of which there are a wall and a floor: it holds the document and the server's clock, paints the
// parts within it, and leaves when it is told to. What each kind has of its own:
//   viewName    which view of the board its socket asks for
//   parts       a selector of what it paints
//   exit        where it goes once its browser may no longer see it
//   prepare()   what it has to have before it begins
//   viewOf(view), painted(view)  what its parts are told beside the rest, and what it paints by itself
// Its attributes:
//   board, time-zone
//   at     the instant of the numbers that the page came with; absent when it came without
//   up     its module runs
//   state  live         the numbers are those of the moment, or none came yet
//          quiet        they are, but no post was taken for long, though somebody is at work
//          none-taken   they are, but posts come and none is taken
//          store-away   the server is there, but cannot reach its store
//          lost         nothing was heard from the server for 12 s
//          stale        either of the last two, and the numbers are older than 5 minutes
//          ended        this browser may no longer see the board: no number is in sight
// Of two troubles, the one further down is told.

import { whereElse } from "./belonging.js";
import { Canceller } from "./canceller.js";
import { Connection, SILENCE_MS } from "./connection.js";
import { ServerClock } from "./clock.js";
import { applyPatch, lookUp } from "./document.js";
import { here, Journey } from "./journey.js";
import { Painter } from "./painter.js";
import { setAttribute } from "./slot.js";
import { isQuiet, noneTaken } from "./trouble.js";
import { Watchdog } from "./watchdog.js";

const TICK_MS = 1000;
const LOST_AFTER_MS = SILENCE_MS; // and a tick: within 15 s of the last frame
const STALE_AFTER_MS = 5 * 60 * 1000;
const PAGE_SAYS = ["quiet", "none-taken"];

const RESTART = { pauseMostMs: 60000, isWorth: () => true };

export class LiveBoard extends HTMLElement {
  connectedCallback() {
    this.document = undefined;
    this.came = this.getAttribute("state");
    this.storeIsAway = false;
    this.asOf = Date.parse(this.getAttribute("at"));
    this.clock = new ServerClock(this.asOf);
    this.painter = new Painter(() => this.paint());
    this.journey = new Journey();
    this.watchdog = new Watchdog(() => this.restart());
    this.question = null;
    this.prepare();
    this.connection = new Connection(socketUrl(this), {
      take: (frame) => this.take(frame),
      order: (frame) => this.follow(frame),
      ended: () => this.end(this.exit),
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

  prepare() {}

  stop() {
    document.removeEventListener("visibilitychange", this.whenSeen);
    clearInterval(this.timer);
    this.connection.close();
    this.painter.cancel();
    if (this.question !== null) this.question.abort();
    this.question = null;
  }

  take(frame) {
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
  }

  follow(order) {
    if (order.type === "reload") this.journey.head(here());
    if (order.type === "go") this.journey.head(order.path);
  }

  doWithout() {
    this.askWhereElse();
  }

  // Asked once for each attempt that failed, and not while the last question is still open.
  async askWhereElse() {
    if (this.question !== null) return;
    const question = new Canceller();
    this.question = question;
    const path = await whereElse(question, this.exit);
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
  }

  see() {
    this.painter.paintNow();
  }

  zone() {
    return lookUp(this.document, "board.time_zone") || this.getAttribute("time-zone");
  }

  paint() {
    const view = this.viewOf({
      document: this.document,
      zone: this.zone(),
      asOf: this.asOf,
      now: this.clock.now(),
      link: this.link(),
    });
    setAttribute(this, "state", stateOf(view));
    if (this.document !== undefined) this.painted(view);
    if (PAGE_SAYS.includes(view.link) && this.document === undefined) return; // since when, and why
    if (this.paintParts(this.document === undefined ? "status-band" : this.parts, view)) this.watchdog.rest();
  }

  viewOf(view) {
    return view;
  }

  painted() {}

  // Whether all went well: one that fails stops no other, and shows nothing rather than what was true before.
  paintParts(parts, view) {
    return Array.from(this.querySelectorAll(parts), (part) => isPainted(part, view)).every(Boolean);
  }

  link() {
    if (this.clock.elapsed() > this.lostAfterMs()) return "lost";
    if (this.document === undefined) return this.came;
    if (this.storeIsAway) return "store-away";
    if (noneTaken(this.document) !== undefined) return "none-taken";
    return isQuiet(this.document, this.clock.now()) ? "quiet" : "live";
  }

  lostAfterMs() {
    return LOST_AFTER_MS;
  }
}

export function buildOfPage() {
  return document.querySelector('meta[name="build"]').content;
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
  url.searchParams.set("view", board.viewName);
  url.searchParams.set("build", buildOfPage());
  if (board.hasAttribute("orders")) url.searchParams.set("orders", board.getAttribute("orders"));
  url.searchParams.set("resolution", [screen.width, screen.height].map(inDevicePixels).join("x"));
  return url.href;
}

function inDevicePixels(length) {
  return Math.round(length * window.devicePixelRatio);
}
