// <wall-board board="all" at="2026-11-22T09:00:00.000Z" time-zone="Europe/Paris">: a board kept live.
// It holds the document and the server's clock, and paints the parts within it.
//   at     the instant of the numbers that the page came with; absent when it came without
//   state  live         the numbers are those of the moment, or none came yet
//          lost         nothing was heard from the server for 12 s
//          store-away   the server is there, but cannot reach its store
//          stale        either of the two, and the numbers are older than 5 minutes

import { Connection, SILENCE_MS } from "../connection.js";
import { ServerClock } from "../clock.js";
import { applyPatch, lookUp } from "../document.js";
import { Painter } from "../painter.js";
import { setAttribute } from "../slot.js";

const TICK_MS = 1000;
const LOST_AFTER_MS = SILENCE_MS; // and a tick: within 15 s of the last frame
const STALE_AFTER_MS = 5 * 60 * 1000;

const PARTS = "channel-list, live-value, as-of, board-notes, status-band";

export class WallBoard extends HTMLElement {
  connectedCallback() {
    this.document = undefined;
    this.storeIsAway = false;
    this.asOf = Date.parse(this.getAttribute("at"));
    this.clock = new ServerClock(this.asOf);
    this.painter = new Painter(() => this.paint());
    this.connection = new Connection(socketUrl(this.getAttribute("board")), (frame) => this.take(frame));
    this.connection.open();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.whenSeen = () => this.painter.paintNow();
    document.addEventListener("visibilitychange", this.whenSeen);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.whenSeen);
    clearInterval(this.timer);
    this.connection.close();
    this.painter.cancel();
  }

  take(frame) {
    if (frame.type === "snapshot") this.document = frame.document;
    if (frame.type === "patch") this.document = applyPatch(this.document, frame.patch);
    if (frame.type === "beat") this.storeIsAway = frame.store === "away";

    this.clock.set(Date.parse(frame.at));
    if (!this.storeIsAway) this.asOf = this.clock.at;
    this.painter.request();
  }

  // Time alone changes only what is said of numbers that are no longer live.
  tick() {
    if (this.link() !== "live") this.painter.request();
  }

  paint() {
    const view = {
      document: this.document,
      zone: lookUp(this.document, "board.time_zone") || this.getAttribute("time-zone"),
      asOf: this.asOf,
      now: this.clock.now(),
      link: this.link(),
    };
    setAttribute(this, "state", stateOf(view));
    for (const part of this.querySelectorAll(this.document === undefined ? "status-band" : PARTS)) part.paint(view);
  }

  link() {
    if (this.clock.elapsed() > LOST_AFTER_MS) return "lost";
    return this.storeIsAway ? "store-away" : "live";
  }
}

function stateOf(view) {
  return view.link !== "live" && view.now - view.asOf >= STALE_AFTER_MS ? "stale" : view.link;
}

function socketUrl(board) {
  const url = new URL(`/ws/boards/${encodeURIComponent(board)}?view=wall`, window.location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}

customElements.define("wall-board", WallBoard);
