// The data of a page without a socket: requested every 10 s from the page's own address.

import { targetOf } from "../navigation/redirect.js";
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
    this.timer = setInterval(() => this.refresh(), EVERY_MS);
    this.refresh();
  }

  end() {
    clearInterval(this.timer);
    this.requests.cancel();
    this.timer = 0;
  }

  isOn() {
    return this.timer !== 0;
  }

  async refresh() {
    if (this.requests.isPending) return;
    const answer = await this.requests.run((canceller) => requestPage(dataPath(), canceller));
    const path = targetOf(answer, this.listener.exit);
    const frame = answer.data();
    if (path !== null) this.listener.onRedirect(path);
    else if (frame !== null) this.listener.onFrame(frame);
    else if (answer.ok) this.listener.onUnreadable();
  }
}

function dataPath() {
  const url = new URL(currentPath(), window.location.href);
  url.searchParams.set("format", "json");
  return url.pathname + url.search;
}
