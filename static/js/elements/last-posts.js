// <last-posts>: what came of the last posts, kept as the server would list it now, while somebody sees it.
//   state    live      as the server listed it a moment ago
//            not-live  the server did not answer when last asked
//            begun     the first event was taken just now
//   waiting  the page is that of a Deskboard that never took an event: with the first one it gives way to the boards
//   begun    an event was taken, ever

import { ask } from "../ask.js";
import { Canceller } from "../canceller.js";
import { Journey } from "../journey.js";
import { pauseAfter } from "../pause.js";
import { setAttribute, setText } from "../slot.js";
import { language, say } from "../words.js";

const LIST = "/posts";
const PAGE = "/";
const PAUSE_LEAST_MS = 2000;
const PAUSE_MOST_MS = 15000;
const NEWS_PAUSE_MS = 10000; // whoever listens to the page is not talked down by every post
const WORDS = { live: "liveness.live", "not-live": "liveness.not-live", begun: "liveness.begun" };

export class LastPosts extends HTMLElement {
  connectedCallback() {
    this.journey = new Journey();
    this.failures = 0;
    this.newsTimer = 0;
    this.toldAt = -NEWS_PAUSE_MS;
    this.whenSeen = () => (document.hidden ? this.giveUp() : this.refresh());
    document.addEventListener("visibilitychange", this.whenSeen);
    this.tell("live");
    this.waitFor(PAUSE_LEAST_MS);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.whenSeen);
    clearTimeout(this.newsTimer);
    this.giveUp();
    this.journey.cancel();
  }

  waitFor(ms) {
    if (!document.hidden) this.timer = setTimeout(() => this.refresh(), ms);
  }

  async refresh() {
    this.giveUp();
    if (this.isFolded()) {
      this.waitFor(PAUSE_LEAST_MS);
      return;
    }
    const question = new Canceller();
    this.question = question;
    const answer = await ask(`${LIST}?lang=${language()}`, question).catch(() => null);
    if (this.question !== question) return;

    if (answer !== null && answer.ok && answer.redirected) window.location.replace(PAGE); // the log-in is over
    else this.take(answer);
  }

  giveUp() {
    clearTimeout(this.timer);
    if (this.question) this.question.abort();
    this.question = null;
  }

  take(answer) {
    const fresh = answer !== null && answer.ok ? parse(answer.text) : null;
    if (fresh === null) {
      this.tell("not-live");
      this.waitFor(pauseAfter(this.failures, PAUSE_LEAST_MS, PAUSE_MOST_MS));
      this.failures += 1;
      return;
    }
    this.failures = 0;
    this.merge(fresh);
    if (this.hasAttribute("waiting") && fresh.hasAttribute("begun")) {
      this.tell("begun");
      this.journey.head(PAGE);
    } else {
      this.tell("live");
      this.waitFor(PAUSE_LEAST_MS);
    }
  }

  tell(state) {
    setAttribute(this, "state", state);
    setText(this.querySelector(".words"), say(WORDS[state]));
  }

  // A post never changes: rows come on top, and go.
  merge(fresh) {
    const list = this.querySelector(".posts");
    const freshRows = rowsOf(fresh);
    const rows = rowsOf(this);
    for (const [id, row] of rows) {
      if (!freshRows.has(id)) row.remove();
    }
    const added = Array.from(freshRows).filter(([id]) => !rows.has(id));
    list.prepend(...added.map(([, row]) => document.importNode(row, true)));
    if (added.length > 0) this.tellNews();

    const [none, freshNone] = [this, fresh].map((posts) => posts.querySelector(".none"));
    setText(none, freshNone.textContent);
    setAttribute(none, "hidden", freshNone.getAttribute("hidden"));
  }

  // The newest at once, and then no more often than it can be listened to.
  tellNews() {
    if (this.newsTimer) return;
    this.newsTimer = setTimeout(() => {
      this.newsTimer = 0;
      this.toldAt = performance.now();
      const newest = this.querySelector("[data-post]");
      if (newest !== null) setText(this.querySelector(".news"), newest.textContent);
    }, Math.max(0, this.toldAt + NEWS_PAUSE_MS - performance.now()));
  }

  isFolded() {
    const details = this.closest("details");
    return details !== null && !details.open;
  }
}

function parse(text) {
  return new DOMParser().parseFromString(text, "text/html").querySelector("last-posts");
}

function rowsOf(posts) {
  return new Map(Array.from(posts.querySelectorAll("[data-post]"), (row) => [row.dataset.post, row]));
}

customElements.define("last-posts", LastPosts);
