// <screen-code>: shows a code until its screen is paired, or words while there is none to show. It asks whether that
// changed, again and again, and lets the server say what comes next.
//   up  its module runs

import { ask } from "../ask.js";
import { CODE_PAGE } from "../belonging.js";
import { Canceller } from "../canceller.js";
import { Journey } from "../journey.js";
import { pauseAfter } from "../pause.js";

const PAIRING = "/screen/pairing"; // the server holds the answer for a while, and tells at once when it changed
const PAUSE_LEAST_MS = 1000;
const PAUSE_MOST_MS = 10000;

export class ScreenCode extends HTMLElement {
  connectedCallback() {
    this.journey = new Journey();
    this.failures = 0;
    this.whenSeen = () => {
      if (!document.hidden) this.askSoon();
    };
    document.addEventListener("visibilitychange", this.whenSeen);
    this.ask();
    this.setAttribute("up", "");
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.whenSeen);
    this.giveUp();
    this.journey.cancel();
    this.removeAttribute("up");
  }

  // At once, but a second after it was asked before.
  askSoon() {
    this.askIn(Math.max(0, this.askedAt + PAUSE_LEAST_MS - performance.now()));
  }

  askIn(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), ms);
  }

  async ask() {
    this.giveUp();
    const question = new Canceller();
    this.question = question;
    this.askedAt = performance.now();
    const answer = await ask(PAIRING, question).catch(() => null);
    if (this.question !== question) return;

    const pairing = answer !== null && answer.status === 200 ? parse(answer.text) : null;
    if (pairing === null) {
      this.askIn(pauseAfter(this.failures, PAUSE_LEAST_MS, PAUSE_MOST_MS));
      this.failures += 1;
    } else if (pairing.changed || !this.hasCode()) {
      this.journey.head(CODE_PAGE);
    } else {
      this.failures = 0;
      this.askSoon();
    }
  }

  giveUp() {
    clearTimeout(this.timer);
    if (this.question) this.question.abort();
    this.question = null;
  }

  hasCode() {
    return this.querySelector("output") !== null;
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return null;
  }
}

customElements.define("screen-code", ScreenCode);
