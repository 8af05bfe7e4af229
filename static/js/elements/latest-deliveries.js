// <latest-deliveries>: what became of the latest posts. Fetches its own page every few seconds and takes over its rows.
//   state    live      as the server listed them a moment ago
//            not-live  the server did not answer the last request
//   waiting  no event was accepted when the page was loaded: with the first one the page changes, so it is loaded again
//   begun    an event was ever accepted

import { setAttribute, setText } from "../page/dom.js";
import { LatestRequest, retryDelay } from "../page/fetch-latest.js";
import { language, say } from "../page/words.js";

const PAGE = "/";
const PAUSE_LEAST_MS = 2000;
const PAUSE_MOST_MS = 15000;
const NEWS_PAUSE_MS = 10000; // screen readers read every change of .news aloud
const ABOUT_POSTS = [".progress", "[data-step=secret]", "[data-step=webhook]", "[data-step=first]"];
const WORDS = { live: "liveness.live", "not-live": "liveness.not-live" };

export class LatestDeliveries extends HTMLElement {
  connectedCallback() {
    this.requests = new LatestRequest();
    this.failures = 0;
    this.newsTimer = 0;
    this.newsAt = -NEWS_PAUSE_MS;
    this.onVisibility = () => (document.hidden ? this.cancel() : this.refresh());
    document.addEventListener("visibilitychange", this.onVisibility);
    this.show("live");
    this.wait(PAUSE_LEAST_MS);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    clearTimeout(this.newsTimer);
    this.cancel();
  }

  wait(ms) {
    if (!document.hidden) this.timer = setTimeout(() => this.refresh(), ms);
  }

  async refresh() {
    this.cancel();
    if (this.isFolded()) {
      this.wait(PAUSE_LEAST_MS);
      return;
    }
    const answer = await this.requests.fetch(`${PAGE}?lang=${language()}`);
    if (answer !== null && answer.ok && answer.redirected) window.location.replace(PAGE); // the session has ended
    else this.take(answer);
  }

  cancel() {
    clearTimeout(this.timer);
    this.requests.cancel();
  }

  take(answer) {
    const page = answer !== null && answer.ok ? parse(answer.text) : null;
    const fresh = page && page.querySelector("latest-deliveries");
    if (fresh === null) {
      this.show("not-live");
      this.wait(retryDelay(this.failures, PAUSE_LEAST_MS, PAUSE_MOST_MS));
      this.failures += 1;
      return;
    }
    this.failures = 0;
    if (this.hasAttribute("waiting") && fresh.hasAttribute("begun")) {
      window.location.replace(`${PAGE}?first`);
      return;
    }
    this.merge(fresh);
    replaceChanged(page);
    this.show("live");
    this.wait(PAUSE_LEAST_MS);
  }

  show(state) {
    setAttribute(this, "state", state);
    setText(this.querySelector(".words"), say(WORDS[state]));
  }

  // A row never changes: new ones come on top, old ones go.
  merge(fresh) {
    const list = this.querySelector(".latest");
    const freshRows = rowsOf(fresh);
    const rows = rowsOf(this);
    for (const [name, row] of rows) {
      if (!freshRows.has(name)) row.remove();
    }
    const added = Array.from(freshRows).filter(([name]) => !rows.has(name));
    list.prepend(...added.map(([, row]) => document.importNode(row, true)));
    if (added.length > 0) this.announce();

    const [none, freshNone] = [this, fresh].map((element) => element.querySelector(".none"));
    setText(none, freshNone.textContent);
    setAttribute(none, "hidden", freshNone.getAttribute("hidden"));
  }

  announce() {
    if (this.newsTimer) return;
    this.newsTimer = setTimeout(() => {
      this.newsTimer = 0;
      this.newsAt = performance.now();
      const newest = this.querySelector("[data-delivery]");
      if (newest !== null) setText(this.querySelector(".news"), newest.textContent);
    }, Math.max(0, this.newsAt + NEWS_PAUSE_MS - performance.now()));
  }

  isFolded() {
    const details = this.closest("details");
    return details !== null && !details.open;
  }
}

function parse(text) {
  return new DOMParser().parseFromString(text, "text/html");
}

// What is said of the posts elsewhere on the page: the line at its top, and how far the set-up is.
function replaceChanged(page) {
  for (const selector of ABOUT_POSTS) {
    const [element, fresh] = [document, page].map((root) => root.querySelector(selector));
    if (element !== null && fresh !== null && !element.isEqualNode(fresh)) {
      element.replaceWith(document.importNode(fresh, true));
    }
  }
}

function rowsOf(element) {
  return new Map(Array.from(element.querySelectorAll("[data-delivery]"), (row) => [row.dataset.delivery, row]));
}

customElements.define("latest-deliveries", LatestDeliveries);
