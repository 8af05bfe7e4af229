// <board-preview>: the wall of a definition as the form stands now, drawn by the server in a frame. Without script a button
// asks for it; with one, each change does.

import { Listening } from "../page/listening.js";

const PAUSE_MS = 600;

export class BoardPreview extends Listening {
  connectedCallback() {
    this.button = this.querySelector("[value=preview]");
    this.listen(this.button.form, "change", () => this.askSoon());
    this.atEnd(() => clearTimeout(this.timer));
    this.button.click();
  }

  askSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.button.click(), PAUSE_MS);
  }
}

customElements.define("board-preview", BoardPreview);
