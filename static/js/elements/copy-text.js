// <copy-text>: a text that a button copies. Without script the button stays away, and a click selects the text.
//   copied, selected  what it says once the text was copied, or could only be selected

import { setAttribute, setText } from "../page/dom.js";

export class CopyText extends HTMLElement {
  connectedCallback() {
    this.whenPressed = () => this.copy();
    const button = this.querySelector("button");
    button.addEventListener("click", this.whenPressed);
    setAttribute(button, "hidden", null);
  }

  disconnectedCallback() {
    const button = this.querySelector("button");
    button.removeEventListener("click", this.whenPressed);
    setAttribute(button, "hidden", "");
  }

  // navigator.clipboard is there over https alone, and Deskboard begins on http.
  copy() {
    window.getSelection().selectAllChildren(this.querySelector("code"));
    const outcome = document.execCommand("copy") ? "copied" : "selected";
    setText(this.querySelector("[role=status]"), this.getAttribute(outcome));
  }
}

customElements.define("copy-text", CopyText);
