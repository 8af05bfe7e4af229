// The only way to leave a page by script: once the next page was seen to answer. No picture is given up for an error.

import { Backoff } from "../page/backoff.js";
import { LatestRequest } from "../page/fetch-latest.js";
import { preflight } from "./preflight.js";
import { countReload, leastStay } from "./reload-backoff.js";
import { isLinked } from "./screen-link.js";

const PAUSE_FIRST_MS = 4000;
const DEPARTURE_MS = 30000; // a browser that is still here by then did not get away

// Rules of a navigation: how long the pauses between tries may get, and which builds are worth going to.
const ORDERED = { pauseMostMs: 10000, accepts: () => true };
export const UNORDERED = { pauseMostMs: 60000, accepts: () => true };

export class Navigation {
  constructor() {
    this.path = null;
    this.rules = null;
    this.timer = 0;
    this.requests = new LatestRequest();
  }

  // Replaces the navigation under way; the same again changes nothing.
  start(path, rules = ORDERED) {
    if (!isOnOurServer(path) || (path === this.path && rules === this.rules)) return;
    this.cancel();
    this.path = path;
    this.rules = rules;
    this.backoff = new Backoff(PAUSE_FIRST_MS, rules.pauseMostMs);
    this.tryIn(Math.max(0, leastStay() - performance.now()));
  }

  cancel() {
    clearTimeout(this.timer);
    this.requests.cancel();
    this.path = null;
    this.rules = null;
  }

  isUnderWay() {
    return this.path !== null;
  }

  tryIn(ms) {
    this.timer = setTimeout(() => this.attempt(), ms);
  }

  async attempt() {
    const page = await this.requests.run((canceller) => preflight(this.path, canceller));
    if (page !== null && this.rules.accepts(page.build)) {
      countReload();
      leaveFor(page.url);
      this.tryIn(DEPARTURE_MS);
    } else {
      this.tryIn(this.backoff.pauseMs());
    }
  }
}

// A link's page is opened at its own address, wherever that leads: to replace an address by itself would load nothing.
function leaveFor(url) {
  if (isLinked()) window.location.reload();
  else window.location.replace(url);
}

function isOnOurServer(path) {
  if (typeof path !== "string" || !/^\/(?![/\\])/.test(path)) return false;
  return new URL(path, window.location.href).origin === window.location.origin;
}
