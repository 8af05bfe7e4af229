// Base of the wall and the floor: holds the view document and the server's clock, paints the elements within it, and
// leaves the page when the server orders it to. Subclasses define:
//   viewName  which view of the board its socket subscribes to
//   parts     a selector of the elements that it paints
//   exit      the path to leave for once the browser may no longer see the board
// and, where they do more:
//   exitOfRemoved()  the same for a board that was removed; null: the page stays, and says so
//   prepare()        runs before the socket opens
//   onBeat(beat)     a beat, or what a poll says in its place
//   onOpen()         the socket opened
//   viewOf()         what the elements are painted from
//   paintAll(view)   paints them, and what no element does
// Its attributes:
//   board
//   at     the instant of the numbers that the page came with
//   up     set while its module runs
//   state  live         the numbers are those of the moment
//          plain        there is no socket: the numbers are polled, and 10 s old at most
//          quiet        or another of the document's `troubles`, each from an instant that the server set
//          store-away   the server is there, but cannot reach its store
//          lost         no frame came for 12 s
//          stale        either of the last two, and the numbers are older than 5 minutes
//          ended        this browser may no longer see the board: no number is visible
// Of two states, the one further down is shown.

import { Navigation, UNORDERED } from "../navigation/navigate.js";
import { currentPath } from "../navigation/screen-link.js";
import { setAttribute, setText } from "../page/dom.js";
import { Listening } from "../page/listening.js";
import { Poller } from "../page/poller.js";
import { Connection, SILENCE_MS } from "./connection.js";
import { ServerClock } from "./clock.js";
import { applyPatch } from "./document.js";
import { Painter } from "./painter.js";
import { Watchdog } from "./watchdog.js";

const TICK_MS = 1000;
const LOST_AFTER_MS = SILENCE_MS; // and a tick: within 15 s of the last frame
const STALE_AFTER_MS = 5 * 60 * 1000;
const POLL_LOST_AFTER_MS = 14000; // one of the answers, which come every 10 s, is missing
const REFUSALS_MOST = 4; // within 7 s
const REFUSED_MOST_MS = 10000; // a proxy may let handshakes hang

export class LiveBoard extends Listening {
  connectedCallback() {
    this.document = undefined;
    this.initialState = this.getAttribute("state");
    this.storeIsAway = false;
    this.asOf = Date.parse(this.getAttribute("at"));
    this.time = null;
    this.clock = new ServerClock(this.asOf, Date.parse(`${this.getAttribute("local")}Z`));
    this.refusals = 0;
    this.openedAt = performance.now();
    this.poller = new Poller({
      exit: this.exit,
      onFrame: (frame) => this.onPolled(frame),
      onRedirect: (path) => this.end(path),
      onUnreadable: () => this.reload(),
    });
    this.painter = new Painter(() => this.paint());
    this.navigation = new Navigation();
    this.watchdog = new Watchdog(() => this.reload());
    this.prepare();
    this.connection = new Connection(this.socketUrl(), {
      onFrame: (frame) => this.onFrame(frame),
      onOrder: (order) => this.onOrder(order),
      onEnded: () => this.end(this.exit, "ended"),
      onRemoved: () => this.end(this.exitOfRemoved(), "removed"),
      onOpen: () => this.onOpen(),
      onRefused: () => this.onRefused(),
    });
    this.connection.connect();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.listen(document, "visibilitychange", () => this.onVisible());
    this.listen(window, "online", () => this.connection.wake());
    setAttribute(this, "up", "");
    this.tick();
  }

  disconnectedCallback() {
    this.stop();
    this.navigation.cancel();
    setAttribute(this, "up", null);
  }

  prepare() {}

  exitOfRemoved() {
    return null;
  }

  stop() {
    this.finish();
    clearInterval(this.timer);
    this.poller.end();
    this.connection.close();
    this.painter.cancel();
  }

  onFrame(frame) {
    this.poller.end();
    this.read(frame);
    if (frame.type === "beat") this.onBeat(frame);
    this.setClock(frame);
    if (!this.storeIsAway) {
      this.asOf = this.clock.at;
      this.time = frame.time;
    }
    this.requestPaint();
  }

  // While the server's store is away, `at` stands still, and the clock runs on.
  onPolled(frame) {
    this.read(frame);
    this.onBeat(frame);
    this.asOf = Date.parse(frame.at);
    this.time = frame.time;
    if (!this.storeIsAway) this.setClock(frame);
    else this.clock.set(this.clock.now(), this.clock.local());
    this.requestPaint();
  }

  read(frame) {
    if (frame.type === "snapshot") this.document = frame.document;
    if (frame.type === "patch") this.document = applyPatch(this.document, frame.patch);
  }

  setClock({ at, date, time }) {
    this.clock.set(Date.parse(at), Date.parse(`${date}T${time}Z`));
  }

  requestPaint() {
    this.painter.request();
    this.watchdog.expect();
  }

  onBeat(beat) {
    this.storeIsAway = beat.store === "away";
  }

  onOrder(order) {
    if (order.type === "reload") this.navigation.start(currentPath());
    if (order.type === "go") this.navigation.start(order.path);
  }

  onOpen() {}

  // A socket that was refused from the start may never open: then the page is polled, which also shows redirects.
  onRefused() {
    this.refusals += 1;
    const isHopeless = this.refusals >= REFUSALS_MOST || performance.now() - this.openedAt >= REFUSED_MOST_MS;
    if (this.document === undefined && isHopeless) this.poller.begin();
    else if (!this.poller.isOn()) this.poller.look();
  }

  // Not by the painter, which may wait while the page is hidden.
  end(path, words = "ended") {
    this.stop();
    this.navigation.start(path);
    setAttribute(this, "state", "ended");
    this.paintParts("status-band", { link: words });
  }

  // Unless the page is about to leave already.
  reload() {
    if (!this.navigation.isUnderWay()) this.navigation.start(currentPath(), UNORDERED);
  }

  // Time alone changes only how old numbers are said to be that may be wrong.
  tick() {
    this.connection.check();
    const link = this.link();
    this.watchdog.tick(link !== "lost");
    if (link !== "live") this.painter.request();
  }

  // A hidden page's timers may come once a minute.
  onVisible() {
    this.connection.wake();
    this.painter.paintNow();
  }

  socketUrl() {
    const url = new URL(`/ws/pages/${encodeURIComponent(this.getAttribute("board"))}`, window.location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("view", this.viewName);
    url.searchParams.set("lang", document.documentElement.lang);
    url.searchParams.set("build", buildOfPage());
    if (this.hasAttribute("orders")) url.searchParams.set("orders", this.getAttribute("orders"));
    url.searchParams.set("resolution", [screen.width, screen.height].map(inDevicePixels).join("x"));
    return url.href;
  }

  paint() {
    const view = this.viewOf();
    setAttribute(this, "state", stateOf(view));
    if (this.document !== undefined) this.paintAll(view);
    else if (view.link !== this.initialState) this.paintParts("status-band", view); // else the page shows it already
  }

  viewOf() {
    return {
      document: this.document,
      asOf: this.asOf,
      time: this.time,
      now: this.clock.now(),
      link: this.link(),
      trouble: this.trouble(),
    };
  }

  paintAll(view) {
    setText(this.querySelector(".title"), this.document.title);
    this.paintLimits(view.document.states);
    if (this.paintParts(this.parts, view)) this.watchdog.rest();
  }

  paintLimits(states) {
    for (const place of this.querySelectorAll("[data-figure]")) setAttribute(place, "limit", states[place.dataset.figure] || null);
  }

  // Whether all were painted: one that fails stops no other, and is hidden rather than left with old numbers.
  paintParts(parts, view) {
    return Array.from(this.querySelectorAll(parts), (part) => isPainted(part, view)).every(Boolean);
  }

  link() {
    if (this.clock.elapsed() > this.lostAfterMs()) return "lost";
    if (this.document === undefined) return this.initialState;
    if (this.storeIsAway) return "store-away";
    const trouble = this.trouble();
    if (trouble !== null) return trouble.state;
    return this.poller.isOn() ? "plain" : "live";
  }

  // The last of the document's troubles that has begun, or null.
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

function inDevicePixels(length) {
  return Math.round(length * window.devicePixelRatio);
}
