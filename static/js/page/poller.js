// The data of a page, requested from the page's own address: every 10 s while there is no socket, or once, to find out where
// a browser belongs whose socket was refused, since scripts cannot see why a handshake failed.

import { currentPath, requestPage } from "../navigation/screen-link.js";
import { LatestRequest } from "./fetch-latest.js";

const EVERY_MS = 10000;

export class Poller {
  // onFrame(frame)    a snapshot with the members of a beat, store and build; and orders: how many a screen was given
  // onRedirect(path)  the browser belongs elsewhere
  // onUnreadable()    the server answers, but not with a frame: it is of a build that does not know the request
  // exit              the path for browsers turned away
  constructor(listener) {
    this.listener = listener;
    this.requests = new LatestRequest();
    this.timer = 0;
  }

  begin() {
    if (this.isOn()) return;
    this.timer = setInterval(() => this.look(), EVERY_MS);
    this.look();
  }

  end() {
    clearInterval(this.timer);
    this.requests.cancel();
    this.timer = 0;
  }

  isOn() {
    return this.timer !== 0;
  }

  async look() {
    if (this.requests.isPending) return;
    const answer = await this.requests.run((canceller) => requestPage(dataPath(), canceller));
    const path = this.redirectOf(answer);
    const frame = answer.data();
    if (path !== null) this.listener.onRedirect(path);
    else if (!this.isOn()) return;
    else if (frame !== null) this.listener.onFrame(frame);
    else if (answer.ok) this.listener.onUnreadable();
  }

  // A path to leave for; null while the page is still ours, or no answer came.
  redirectOf({ ok, redirected, status, url }) {
    if (ok && redirected) return pathOf(url);
    return status === 403 || status === 404 ? this.listener.exit : null;
  }
}

function dataPath() {
  const url = new URL(currentPath(), window.location.href);
  url.searchParams.set("format", "json");
  return url.pathname + url.search;
}

function pathOf(address) {
  const { pathname, search } = new URL(address);
  return pathname + search;
}
