// <live-summary role="status">: for those who listen to the page: what the floor comes to, whenever that changed, and no
// more often than it can be listened to.

import { setText } from "../page/dom.js";

const PAUSE_MS = 10000;

export class LiveSummary extends HTMLElement {
  connectedCallback() {
    this.timer = 0;
    this.told = null;
    this.summary = null;
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  paint({ document, link }) {
    if (link !== "live") return; // the band tells
    this.summary = document.summary;
    if (this.told === null) this.told = this.summary; // the page itself was read
    if (this.summary !== this.told && !this.timer) this.tell();
  }

  tell() {
    if (this.summary === this.told) return;
    this.told = this.summary;
    setText(this, this.told);
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.tell();
    }, PAUSE_MS);
  }
}

customElements.define("live-summary", LiveSummary);
