// <board-preview>: the wall of a definition as the form stands now, drawn by the server in a frame. Without script a button
// asks for it; with one, each change does.

const PAUSE_MS = 600;

export class BoardPreview extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("[value=preview]");
    this.form = this.button.form;
    this.whenChanged = () => this.askSoon();
    this.form.addEventListener("change", this.whenChanged);
    this.button.click();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.form.removeEventListener("change", this.whenChanged);
  }

  askSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.button.click(), PAUSE_MS);
  }
}

customElements.define("board-preview", BoardPreview);
