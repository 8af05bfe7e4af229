// <live-text data-text="closed:difference">: words of the server, as its document says them; hidden while it says none. What
// stands beside them stays, if they have a .words of their own.
//   state  what of the document's `states` is named as they are

import { setAttribute, setFlag, setText } from "../page/dom.js";

export class LiveText extends HTMLElement {
  paint({ document: { texts, states } }) {
    const { text } = this.dataset;
    setText(this.querySelector(".words") || this, texts[text] || "");
    setFlag(this, "hidden", !texts[text]);
    setAttribute(this, "state", states[text] || null);
  }
}

customElements.define("live-text", LiveText);
