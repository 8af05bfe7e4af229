// The socket of one board: kept open until the server ends the session, its frames handed over in order. Calls its
// listener:
//   onFrame(frame)  a frame of the document: a snapshot, a patch, a beat
//   onOrder(frame)  any other frame
//   onEnded()       the server ended our session: the socket is closed for good
//   onRemoved()     the board was removed: closed for good, too
//   onOpen()        the socket opened: a snapshot comes next
//   onRefused()     an attempt failed before the socket ever opened, or could not even be made; it will be tried again
// A server that stops says when to reconnect: the link does not count as lost then.

import { isLinked, requestProtocols } from "../navigation/screen-link.js";
import { Backoff } from "../page/backoff.js";
import { LatestRequest, parseJson } from "../page/fetch-latest.js";

const ENDED = 4401;
const REMOVED = 4404;
const NAMES_CHANGED = 4410; // how much of names is shown: the page is another one
export const SILENCE_MS = 12000; // two beats of 5 s missed, and still before the 15 s in which old numbers must be marked
const RETRY_FIRST_MS = 1000;
const RETRY_LIMIT_MS = 15000;
const LEAVE_LIMIT_MS = SILENCE_MS / 2; // or the absence would be noticed

export class Connection {
  constructor(url, listener) {
    this.url = url;
    this.listener = listener;
    this.socket = null;
    this.tickets = new LatestRequest();
    this.retryAt = 0;
    this.backoff = new Backoff(RETRY_FIRST_MS, RETRY_LIMIT_MS);
  }

  // Does not wait to try again: the page is seen again, or the network is back.
  wake() {
    this.retryAt = 0;
    this.check();
  }

  // To be called once a second.
  check() {
    const now = performance.now();
    if (this.tickets.isPending) return;
    if (this.socket === null && now >= this.retryAt) this.connect();
    else if (this.socket !== null && (isClosed(this.socket) || now - this.heardAt > SILENCE_MS)) this.giveUp();
  }

  connect() {
    this.revision = null;
    this.heardAt = performance.now();
    this.hasOpened = false;
    if (isLinked()) this.connectWithTicket();
    else this.openSocket();
  }

  // A ticket opens one socket, so each attempt asks for its own.
  async connectWithTicket() {
    const protocols = await this.tickets.run(requestProtocols);
    this.heardAt = performance.now();
    if (protocols === null) this.giveUp();
    else this.openSocket(protocols);
  }

  openSocket(protocols = []) {
    this.socket = makeSocket(this.url, protocols);
    if (this.socket === null) {
      this.giveUp();
      return;
    }
    this.socket.onopen = () => {
      this.hasOpened = true;
      this.listener.onOpen();
    };
    this.socket.onmessage = (event) => this.take(parseJson(event.data));
    this.socket.onclose = (event) => this.lose(event.code);
    this.socket.onerror = () => setTimeout(() => this.check(), 0); // the close event, if any, comes first
  }

  // Lost while there is no socket.
  send(message) {
    if (this.socket !== null && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  take(frame) {
    if (frame === null || (frame.type === "patch" && frame.from !== this.revision)) this.drop();
    else if (isSignOfLife(frame, this.revision)) this.keepOrDrop(frame);
    else if (frame.type === "leave") this.leave(frame.after_ms);
    else if (frame.revision === undefined) this.listener.onOrder(frame);
  }

  // A frame that the page cannot read counts as missed: reconnecting brings a snapshot.
  keepOrDrop(frame) {
    try {
      this.keep(frame);
    } catch (error) {
      console.error(error);
      this.drop();
    }
  }

  keep(frame) {
    // A server that accepts sockets and then crashes is still failing: only a beat proves it well.
    if (frame.type === "beat") this.backoff.reset();
    this.revision = frame.revision;
    this.heardAt = performance.now();
    this.listener.onFrame(frame);
  }

  // A server that stops has nothing more to say. It names the moment to come back.
  leave(afterMs) {
    this.close();
    this.retryAt = performance.now() + Math.min(Math.max(0, Number(afterMs) || 0), LEAVE_LIMIT_MS);
  }

  lose(code) {
    if (code === ENDED || code === REMOVED) {
      this.close();
      if (code === ENDED) this.listener.onEnded();
      else this.listener.onRemoved();
    } else if (code === NAMES_CHANGED) {
      this.drop();
      this.listener.onOrder({ type: "reload" });
    } else {
      this.giveUp();
    }
  }

  giveUp() {
    this.drop();
    if (!this.hasOpened) this.listener.onRefused();
  }

  drop() {
    this.close();
    this.retryAt = performance.now() + this.backoff.pauseMs();
  }

  // A dead socket may take minutes to report its close: drop its handlers.
  close() {
    this.tickets.cancel();
    if (this.socket === null) return;
    this.socket.onopen = null;
    this.socket.onmessage = null;
    this.socket.onclose = null;
    this.socket.onerror = null;
    this.socket.close();
    this.socket = null;
  }
}

// A beat of a revision that we do not hold says nothing about our numbers. Unknown types come from newer servers.
function isSignOfLife(frame, revision) {
  return frame.type === "snapshot" || frame.type === "patch" || (frame.type === "beat" && frame.revision === revision);
}

// Chromium 69 sends only an error event for a socket that the page's policy forbids, and no close event.
function isClosed(socket) {
  return socket.readyState === WebSocket.CLOSED;
}

// null: this browser has none, or is not allowed any.
function makeSocket(url, protocols) {
  try {
    return new WebSocket(url, protocols);
  } catch (error) {
    return null;
  }
}
