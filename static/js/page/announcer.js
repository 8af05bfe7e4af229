// Says to screen readers what changes in an element: the newest text, and no more often than can be listened to.

import { setText } from "./dom.js";

const PAUSE_MS = 10000;

export class Announcer {
  // `known`: what need not be said.
  constructor(element, known) {
    this.element = element;
    this.newest = known;
    this.said = known;
    this.timer = 0;
  }

  announce(text) {
    this.newest = text;
    if (!this.timer) this.speak();
  }

  speak() {
    this.timer = 0;
    if (this.newest === this.said) return;
    this.said = this.newest;
    setText(this.element, this.said);
    this.timer = setTimeout(() => this.speak(), PAUSE_MS);
  }

  end() {
    clearTimeout(this.timer);
  }
}
