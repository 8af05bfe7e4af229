// <screen-code>: shows a code until its screen is paired, or a message while there is none. Polls for a change, and lets
// the server decide what comes next. Opened by a screen link, it makes way for the link's wall instead.
//   waits  set in the page: it stays until something changes, and does not just try again
//   up     set while its module runs

import { Speaker } from "../kiosk/speaker.js";
import { Navigation } from "../navigation/navigate.js";
import { preflightOf } from "../navigation/preflight.js";
import { CODE_PAGE, currentPath, isLinked, requestPage } from "../navigation/screen-link.js";
import { Backoff } from "../page/backoff.js";
import { setAttribute, setFlag, setText } from "../page/dom.js";
import { LatestRequest } from "../page/fetch-latest.js";
import { Listening } from "../page/listening.js";
import { say } from "../page/words.js";

const PAIRING = "/screen/pairing"; // a long poll: answered after a while, or at once when it changed
const PAUSE_LEAST_MS = 1000;
const PAUSE_MOST_MS = 10000;
const LINK_PAUSE_MOST_MS = 60000;
const MESSAGES_OF_LINK = { 403: "link.dead", 404: "link.gone" };

export class ScreenCode extends Listening {
  connectedCallback() {
    this.navigation = new Navigation();
    this.requests = new LatestRequest();
    this.backoff = new Backoff(2 * PAUSE_LEAST_MS, isLinked() ? LINK_PAUSE_MOST_MS : PAUSE_MOST_MS);
    this.listen(document, "visibilitychange", () => {
      if (!document.hidden) this.pollSoon();
    });
    // A key pressed here counts for the wall that comes next.
    this.speaker = new Speaker(() => this.askForSound());
    this.speaker.begin();
    if (isLinked()) this.sayOfLink("link.opening");
    this.poll();
    setFlag(this, "up", true);
  }

  disconnectedCallback() {
    this.finish();
    clearTimeout(this.timer);
    this.speaker.end();
    this.requests.cancel();
    this.navigation.cancel();
    setFlag(this, "up", false);
  }

  // At once, but not within a second of the last time.
  pollSoon() {
    this.pollIn(Math.max(0, this.polledAt + PAUSE_LEAST_MS - performance.now()));
  }

  pollIn(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.poll(), ms);
  }

  poll() {
    clearTimeout(this.timer);
    this.polledAt = performance.now();
    if (isLinked()) this.openLink();
    else this.pollPairing();
  }

  async openLink() {
    const [page, isWhole] = await this.requests.run(requestWall);
    if (isWhole) {
      replacePage(page.text);
    } else {
      this.sayOfLink(MESSAGES_OF_LINK[page.status] || "link.waiting");
      this.pollIn(this.backoff.pauseMs());
    }
  }

  async pollPairing() {
    const answer = await this.requests.fetch(PAIRING);
    const pairing = answer.data();
    if (pairing === null) {
      this.pollIn(this.backoff.pauseMs());
    } else if (pairing.changed || !this.hasAttribute("waits")) {
      this.navigation.start(CODE_PAGE);
    } else {
      this.backoff.reset();
      this.pollSoon();
    }
  }

  askForSound() {
    const hint = this.querySelector(".sound");
    if (hint !== null) setFlag(hint, "hidden", !this.speaker.isAsking);
  }

  // In the place of the code, which is of no use then.
  sayOfLink(key) {
    const [pairing, message] = [".pairing", ".message"].map((part) => this.querySelector(part));
    if (pairing !== null) pairing.remove();
    setFlag(message, "hidden", false);
    setText(message, say(key));
  }
}

// The answer, and whether it is a page that can be shown.
async function requestWall(canceller) {
  const page = await requestPage(currentPath(), canceller);
  return [page, (await preflightOf(page, canceller)) !== null];
}

// As a navigation would, but at the address of the link.
function replacePage(text) {
  document.open();
  document.write(text);
  document.close();
}

customElements.define("screen-code", ScreenCode);
