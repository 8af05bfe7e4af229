// <copy-text>: a text that a button copies. Without script the button stays away, and a click selects the text.
//   copied, selected  what it says once the text was copied, or could only be selected

import { setText } from "../page/dom.js";
import { Listening } from "../page/listening.js";

export class CopyText extends Listening {
  connectedCallback() {
    this.listen(this.querySelector("button"), "click", () => this.copy());
  }

  // navigator.clipboard is there over https alone, and Deskboard begins on http.
  copy() {
    window.getSelection().selectAllChildren(this.querySelector("code"));
    const outcome = document.execCommand("copy") ? "copied" : "selected";
    setText(this.querySelector("[role=status]"), this.getAttribute(outcome));
  }
}

customElements.define("copy-text", CopyText);
