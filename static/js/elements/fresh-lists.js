// <fresh-lists page="/alerts">: lists of a page that is fetched again every few seconds: all of it that has data-fresh.
//   state  live      as the server showed it a moment ago
//          not-live  the server did not answer the last request
//          another   what the server says of the lists, in its words

import { Backoff } from "../page/backoff.js";
import { setAttribute, setText } from "../page/dom.js";
import { LatestRequest } from "../page/fetch-latest.js";
import { freshen } from "../page/fresh.js";
import { Listening } from "../page/listening.js";
import { say } from "../page/words.js";

const PAUSE_MOST_MS = 15000;
const WORDS = { live: "liveness.live", "not-live": "liveness.not-live" };

export class FreshLists extends Listening {
  connectedCallback() {
    this.requests = new LatestRequest();
    this.backoff = new Backoff(2 * this.pauseMs, PAUSE_MOST_MS);
    this.listen(document, "visibilitychange", () => (document.hidden ? this.cancel() : this.refresh()));
    this.atEnd(() => this.cancel());
    if (!this.hasAttribute("state")) this.show("live");
    this.wait(this.pauseMs);
  }

  get pauseMs() {
    return 5000;
  }

  // Whether there is anything to refresh.
  isWanted() {
    return true;
  }

  wait(ms) {
    if (!document.hidden) this.timer = setTimeout(() => this.refresh(), ms);
  }

  async refresh() {
    this.cancel();
    if (!this.isWanted()) {
      this.wait(this.pauseMs);
      return;
    }
    const page = this.getAttribute("page");
    const answer = await this.requests.fetch(`${page}?lang=${document.documentElement.lang}`);
    // The log-in is over. A reload would ask, after a post, whether to post again.
    if (answer.ok && answer.redirected) window.location.replace(page);
    else this.take(answer.page());
  }

  cancel() {
    clearTimeout(this.timer);
    this.requests.cancel();
  }

  take(page) {
    const fresh = page && page.querySelector(this.localName);
    if (fresh === null) {
      this.show("not-live");
      this.wait(this.backoff.pauseMs());
      return;
    }
    this.backoff.reset();
    this.adopt(fresh, page);
    this.wait(this.pauseMs);
  }

  show(state, words = say(WORDS[state])) {
    setAttribute(this, "state", state);
    setText(this.querySelector(".liveness .words"), words);
  }

  adopt(fresh, page) {
    freshen(page);
    if (fresh.hasAttribute("state")) this.show(fresh.getAttribute("state"), fresh.querySelector(".liveness .words").textContent);
    else this.show("live");
  }
}

customElements.define("fresh-lists", FreshLists);
