// <fresh-lists page="/alerts">: lists of a page that is fetched again every few seconds: all of it that has data-fresh.
//   state  live      as the server showed it a moment ago
//          not-live  the server did not answer the last request
//          another   what the server says of the lists, in its words

import { setAttribute, setText } from "../page/dom.js";
import { LatestRequest, retryDelay } from "../page/fetch-latest.js";
import { freshen } from "../page/fresh.js";
import { language, say } from "../page/words.js";

const PAUSE_MOST_MS = 15000;
const WORDS = { live: "liveness.live", "not-live": "liveness.not-live" };

export class FreshLists extends HTMLElement {
  connectedCallback() {
    this.requests = new LatestRequest();
    this.failures = 0;
    this.whenSeen = () => (document.hidden ? this.cancel() : this.refresh());
    document.addEventListener("visibilitychange", this.whenSeen);
    if (!this.hasAttribute("state")) this.show("live");
    this.wait(this.pauseMs);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.whenSeen);
    this.cancel();
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
    const answer = await this.requests.fetch(`${page}?lang=${language()}`);
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
      this.wait(retryDelay(this.failures, this.pauseMs, PAUSE_MOST_MS));
      this.failures += 1;
      return;
    }
    this.failures = 0;
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
