// The one way to leave a page: only once the page ahead was seen to answer. No picture is given up for an error.

import { ask } from "./ask.js";
import { pauseAfter } from "./pause.js";

const PAUSE_LEAST_MS = 2000;
const PAUSE_MOST_MS = 10000;
const STAY_MS = 2000; // where a page of ours led here: pages that lead on and on must not make the browser spin
const DEPARTURE_MS = 30000; // a browser that is still here by then did not get away
const OUR_MARK = '<meta name="build"'; // every page of ours has it, no proxy's error page does

export class Journey {
  constructor() {
    this.path = null;
    this.timer = 0;
    this.question = null;
  }

  // A new order takes the place of the one under way; the same again changes nothing.
  head(path) {
    if (!isOnOurServer(path) || path === this.path) return;
    this.cancel();
    this.path = path;
    this.failures = 0;
    this.setOutIn(wasLedHere() ? Math.max(0, STAY_MS - performance.now()) : 0);
  }

  cancel() {
    clearTimeout(this.timer);
    if (this.question !== null) this.question.abort();
    this.question = null;
    this.path = null;
  }

  setOutIn(ms) {
    this.timer = setTimeout(() => this.setOut(), ms);
  }

  async setOut() {
    const question = new AbortController();
    this.question = question;
    const page = await ask(this.path, question).catch(() => null);
    if (this.question !== question) return;

    if (page !== null && page.ok && page.text.includes(OUR_MARK)) {
      window.location.replace(page.url);
      this.setOutIn(DEPARTURE_MS);
    } else {
      this.setOutIn(pauseAfter(this.failures, PAUSE_LEAST_MS, PAUSE_MOST_MS));
      this.failures += 1;
    }
  }
}

function wasLedHere() {
  return document.referrer.startsWith(window.location.origin);
}

function isOnOurServer(path) {
  if (typeof path !== "string" || !/^\/(?![/\\])/.test(path)) return false;
  return new URL(path, window.location.href).origin === window.location.origin;
}
