// A page without a socket: every 10 s it asks its own address for what the server would tell it now.

import { ask } from "../ask.js";
import { elsewhere } from "../belonging.js";
import { Canceller } from "../canceller.js";

const EVERY_MS = 10000;

export class Poller {
  // take(frame)  a snapshot, with what a beat tells besides: store, build; and orders: how many a screen was given
  // leave(path)  the browser belongs elsewhere
  // misread()    the server answers, but as one of a build that knows no such question does
  // exit         where it goes when it is turned away
  constructor(listener) {
    this.listener = listener;
    this.question = null;
    this.timer = 0;
  }

  begin() {
    if (this.isOn()) return;
    this.timer = setInterval(() => this.refresh(), EVERY_MS);
    this.refresh();
  }

  end() {
    clearInterval(this.timer);
    if (this.question !== null) this.question.abort();
    this.question = null;
    this.timer = 0;
  }

  isOn() {
    return this.timer !== 0;
  }

  async refresh() {
    if (this.question !== null) return;
    const question = new Canceller();
    this.question = question;
    const answer = await ask(dataAddress(), question).catch(() => null);
    if (this.question !== question) return;

    this.question = null;
    const path = elsewhere(answer, this.listener.exit);
    const frame = answer !== null && answer.ok ? parse(answer.text) : null;
    if (path !== null) this.listener.leave(path);
    else if (frame !== null) this.listener.take(frame);
    else if (answer !== null && answer.ok) this.listener.misread();
  }
}

function dataAddress() {
  const url = new URL(window.location.href);
  url.searchParams.set("format", "json");
  return url.href;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return null;
  }
}
