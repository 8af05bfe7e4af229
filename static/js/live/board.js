// A board kept live, of which there are a wall and a floor: it holds the document and the server's clock, paints the
// parts within it, and leaves when it is told to. What each kind has of its own:
//   viewName    which view of the board its socket asks for
//   parts       a selector of what it paints
//   exit        where it goes once its browser may no longer see it
//   prepare()   what it has to have before it begins
//   hear(beat)  what a beat, or a page that was asked for without a socket, tells besides
//   viewOf(view), painted(view)  what its parts are told beside the rest, and what it paints by itself
// Its attributes:
//   board
//   at       the instant of the numbers that the page came with
//   offsets  of its clocks, as page/local-time.js reads them
//   up       its module runs
//   state  live         the numbers are those of the moment
//          plain        there is no socket: the numbers are those of 10 s ago at most, and are asked for again and again
//          quiet        and any other of the document's `troubles`: each comes at an instant that the server said
//          store-away   the server is there, but cannot reach its store
//          lost         nothing was heard from the server for 12 s
//          stale        either of the last two, and the numbers are older than 5 minutes
//          ended        this browser may no longer see the board: no number is in sight
// Of two troubles, the one further down is told.

import { whereElse } from "../belonging.js";
import { Canceller } from "../canceller.js";
import { here, Journey } from "../journey.js";
import { setAttribute } from "../page/dom.js";
import { Poller } from "../page/poller.js";
import { Connection, SILENCE_MS } from "./connection.js";
import { ServerClock } from "./clock.js";
import { applyPatch } from "./document.js";
import { Painter } from "./painter.js";
import { Watchdog } from "./watchdog.js";

const TICK_MS = 1000;
const LOST_AFTER_MS = SILENCE_MS; // and a tick: within 15 s of the last frame
const STALE_AFTER_MS = 5 * 60 * 1000;
const POLL_LOST_AFTER_MS = 14000; // an answer missed of one each 10 s
const REFUSALS_MOST = 4; // within 7 s
const REFUSED_MOST_MS = 10000; // a proxy may let handshakes hang

const RESTART = { pauseMostMs: 60000, isWorth: () => true };

export class LiveBoard extends HTMLElement {
  connectedCallback() {
    this.document = undefined;
    this.came = this.getAttribute("state");
    this.storeIsAway = false;
    this.asOf = Date.parse(this.getAttribute("at"));
    this.time = null;
    this.clock = new ServerClock(this.asOf);
    this.refusals = 0;
    this.openedAt = performance.now();
    this.poller = new Poller({
      exit: this.exit,
      take: (frame) => this.poll(frame),
      leave: (path) => this.end(path),
      misread: () => this.restart(),
    });
    this.painter = new Painter(() => this.paint());
    this.journey = new Journey();
    this.watchdog = new Watchdog(() => this.restart());
    this.question = null;
    this.prepare();
    this.connection = new Connection(socketUrl(this), {
      take: (frame) => this.take(frame),
      order: (frame) => this.follow(frame),
      ended: () => this.end(this.exit),
      refused: () => this.refuse(),
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
    this.poller.end();
    this.connection.close();
    this.painter.cancel();
    if (this.question !== null) this.question.abort();
    this.question = null;
  }

  take(frame) {
    this.poller.end();
    this.read(frame);
    if (frame.type === "beat") this.hear(frame);
    this.adopt(frame);
  }

  // What the server says when it is asked. While its store is away, `at` stands still, and its clock runs on.
  poll(frame) {
    this.read(frame);
    this.hear(frame);
    this.asOf = Date.parse(frame.at);
    this.time = frame.time;
    this.clock.set(this.storeIsAway ? this.clock.now() : this.asOf);
    this.requestPaint();
  }

  read(frame) {
    if (frame.type === "snapshot") this.document = frame.document;
    if (frame.type === "patch") this.document = applyPatch(this.document, frame.patch);
  }

  adopt(frame) {
    this.clock.set(Date.parse(frame.at));
    if (!this.storeIsAway) {
      this.asOf = this.clock.at;
      this.time = frame.time;
    }
    this.requestPaint();
  }

  requestPaint() {
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

  // A socket that never was to be had may never be: then the server is asked, and says where else to go.
  refuse() {
    this.refusals += 1;
    const isHopeless = this.refusals >= REFUSALS_MOST || performance.now() - this.openedAt >= REFUSED_MOST_MS;
    if (this.document === undefined && isHopeless) this.poller.begin();
    else if (!this.poller.isOn()) this.askWhereElse();
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

  offsets() {
    return this.getAttribute("offsets");
  }

  paint() {
    const view = this.viewOf({
      document: this.document,
      asOf: this.asOf,
      time: this.time,
      now: this.clock.now(),
      link: this.link(),
      trouble: this.trouble(),
    });
    setAttribute(this, "state", stateOf(view));
    if (this.document !== undefined) {
      setAttribute(this, "offsets", this.document.offsets);
      this.painted(view);
    } else if (view.link === this.came) return; // as the page says already
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
    const trouble = this.trouble();
    if (trouble !== null) return trouble.state;
    return this.poller.isOn() ? "plain" : "live";
  }

  // What the server said that would be wrong from now on, or null.
  trouble() {
    if (this.document === undefined) return null;
    const due = this.document.troubles.filter((trouble) => this.clock.now() >= Date.parse(trouble.from));
    return due.length === 0 ? null : due[due.length - 1];
  }

  lostAfterMs() {
    return this.poller.isOn() ? POLL_LOST_AFTER_MS : LOST_AFTER_MS;
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
  const url = new URL(`/ws/pages/${encodeURIComponent(board.getAttribute("board"))}`, window.location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("view", board.viewName);
  url.searchParams.set("lang", document.documentElement.lang);
  url.searchParams.set("build", buildOfPage());
  if (board.hasAttribute("orders")) url.searchParams.set("orders", board.getAttribute("orders"));
  url.searchParams.set("resolution", [screen.width, screen.height].map(inDevicePixels).join("x"));
  return url.href;
}

function inDevicePixels(length) {
  return Math.round(length * window.devicePixelRatio);
}
