// <live-summary role="status">: for screen readers: the floor in a sentence, whenever it changed, and no more often than it
// can be listened to.

import { setText } from "../page/dom.js";

const PAUSE_MS = 10000;

export class LiveSummary extends HTMLElement {
  connectedCallback() {
    this.timer = 0;
    this.spoken = null;
    this.summary = null;
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  paint({ document, link }) {
    if (link !== "live") return; // the band says so
    this.summary = document.summary;
    if (this.spoken === null) this.spoken = this.summary; // the page itself was read
    if (this.summary !== this.spoken && !this.timer) this.speak();
  }

  speak() {
    if (this.summary === this.spoken) return;
    this.spoken = this.summary;
    setText(this, this.spoken);
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.speak();
    }, PAUSE_MS);
  }
}

customElements.define("live-summary", LiveSummary);
