// The one way to leave a page: only once the page ahead was seen to answer. No picture is given up for an error.

import { lookAhead } from "./ahead.js";
import { Canceller } from "./canceller.js";
import { countLap, stay } from "./laps.js";
import { pauseAfter } from "./pause.js";

const PAUSE_LEAST_MS = 2000;
const DEPARTURE_MS = 30000; // a browser that is still here by then did not get away

// Why a page is left: how long the pauses between tries may get, and whether a page of that build is worth going to.
const ORDER = { pauseMostMs: 10000, isWorth: () => true };

export class Journey {
  constructor() {
    this.path = null;
    this.errand = null;
    this.timer = 0;
    this.question = null;
  }

  // A new errand takes the place of the one under way; the same again changes nothing.
  head(path, errand = ORDER) {
    if (!isOnOurServer(path) || (path === this.path && errand === this.errand)) return;
    this.cancel();
    this.path = path;
    this.errand = errand;
    this.failures = 0;
    this.setOutIn(Math.max(0, stay() - performance.now()));
  }

  cancel() {
    clearTimeout(this.timer);
    if (this.question !== null) this.question.abort();
    this.question = null;
    this.path = null;
    this.errand = null;
  }

  isUnderWay() {
    return this.path !== null;
  }

  setOutIn(ms) {
    this.timer = setTimeout(() => this.setOut(), ms);
  }

  async setOut() {
    const question = new Canceller();
    this.question = question;
    const ahead = await lookAhead(this.path, question);
    if (this.question !== question) return;

    if (ahead !== null && this.errand.isWorth(ahead.build)) {
      countLap();
      window.location.replace(ahead.url);
      this.setOutIn(DEPARTURE_MS);
    } else {
      this.setOutIn(pauseAfter(this.failures, PAUSE_LEAST_MS, this.errand.pauseMostMs));
      this.failures += 1;
    }
  }
}

// The path of this very page.
export function here() {
  return window.location.pathname + window.location.search;
}

function isOnOurServer(path) {
  if (typeof path !== "string" || !/^\/(?![/\\])/.test(path)) return false;
  return new URL(path, window.location.href).origin === window.location.origin;
}
