// <live-text data-text="closed:difference">: words beside a figure, as the server says them; hidden while it says none.
//   state  what of the document's `states` is named as they are

import { setAttribute, setFlag, setText } from "../page/dom.js";

export class LiveText extends HTMLElement {
  paint({ document }) {
    const said = document.texts[this.dataset.text];
    setText(this, said || "");
    setFlag(this, "hidden", said === undefined);
    setAttribute(this, "state", (document.states && document.states[this.dataset.text]) || null);
  }
}

customElements.define("live-text", LiveText);
