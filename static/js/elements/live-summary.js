// <live-summary role="status">: for screen readers: the floor in a sentence, whenever it changed.

import { Announcer } from "../page/announcer.js";

export class LiveSummary extends HTMLElement {
  disconnectedCallback() {
    if (this.announcer !== undefined) this.announcer.end();
  }

  paint({ document, link }) {
    if (link !== "live") return; // the band says so
    if (this.announcer === undefined) this.announcer = new Announcer(this, document.summary); // the page itself was read
    this.announcer.announce(document.summary);
  }
}

customElements.define("live-summary", LiveSummary);
