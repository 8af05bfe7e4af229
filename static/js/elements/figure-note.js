// <figure-note>: what a number means, beside whatever names it. It opens by itself, in the style sheet, while the pointer
// is over it or the focus in it; here Escape closes it, until the next time.
//   dismissed  it was closed
//   below      there is no room for it above

import { setAttribute, setFlag } from "../page/dom.js";
import { Listening } from "../page/listening.js";

const MARGIN_PX = 8;
const REST_MS = 60000; // a pointer that was left on a wall covers no number for long

export class FigureNote extends Listening {
  connectedCallback() {
    this.listen(document, "keydown", (event) => {
      if (event.key === "Escape" && this.matches(":hover, :focus-within")) setAttribute(this, "dismissed", "");
    });
    this.listen(this, "mouseenter focusin", () => this.enter());
    this.listen(this, "mouseleave focusout", () => this.leave());
    this.atEnd(() => clearTimeout(this.timer));
  }

  enter() {
    this.place();
    clearTimeout(this.timer);
    if (this.closest("wall-board") === null) return;
    this.timer = setTimeout(() => setAttribute(this, "dismissed", ""), REST_MS);
  }

  leave() {
    clearTimeout(this.timer);
    setAttribute(this, "dismissed", null);
  }

  place() {
    const note = this.querySelector(".note");
    const frame = (this.closest(".scroll") || document.documentElement).getBoundingClientRect();
    note.style.transform = "";
    setAttribute(this, "below", null);
    const { left, right, top } = note.getBoundingClientRect();
    setFlag(this, "below", top < 0);
    const beyond = Math.max(0, right - (frame.right - MARGIN_PX));
    const shift = Math.max(-beyond, frame.left + MARGIN_PX - left);
    if (shift !== 0 && right > left) note.style.transform = `translateX(${shift}px)`;
  }
}

customElements.define("figure-note", FigureNote);
