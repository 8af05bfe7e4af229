// <screen-code>: shows a code until its screen is paired, or a message while there is none. Polls for a change, and lets
// the server decide what comes next.
//   up  set while its module runs

import { Navigation } from "../navigation/navigate.js";
import { CODE_PAGE } from "../navigation/redirect.js";
import { LatestRequest, parseJson, retryDelay } from "../page/fetch-latest.js";

const PAIRING = "/screen/pairing"; // a long poll: answered after a while, or at once when it changed
const PAUSE_LEAST_MS = 1000;
const PAUSE_MOST_MS = 10000;

export class ScreenCode extends HTMLElement {
  connectedCallback() {
    this.navigation = new Navigation();
    this.requests = new LatestRequest();
    this.failures = 0;
    this.whenSeen = () => {
      if (!document.hidden) this.pollSoon();
    };
    document.addEventListener("visibilitychange", this.whenSeen);
    this.poll();
    this.setAttribute("up", "");
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.whenSeen);
    clearTimeout(this.timer);
    this.requests.cancel();
    this.navigation.cancel();
    this.removeAttribute("up");
  }

  // At once, but not within a second of the last time.
  pollSoon() {
    this.pollIn(Math.max(0, this.polledAt + PAUSE_LEAST_MS - performance.now()));
  }

  pollIn(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.poll(), ms);
  }

  async poll() {
    clearTimeout(this.timer);
    this.polledAt = performance.now();
    const answer = await this.requests.fetch(PAIRING);
    const pairing = answer !== null && answer.status === 200 ? parseJson(answer.text) : null;
    if (pairing === null) {
      this.pollIn(retryDelay(this.failures, PAUSE_LEAST_MS, PAUSE_MOST_MS));
      this.failures += 1;
    } else if (pairing.changed || !this.hasCode()) {
      this.navigation.start(CODE_PAGE);
    } else {
      this.failures = 0;
      this.pollSoon();
    }
  }

  hasCode() {
    return this.querySelector("output") !== null;
  }
}

customElements.define("screen-code", ScreenCode);
