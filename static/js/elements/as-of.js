// <as-of>: the instant the numbers are from, as the clocks of the board show it.

import { setAttribute, setText } from "../page/dom.js";

export class AsOf extends HTMLElement {
  paint(view) {
    const time = this.querySelector("time");
    setText(time.querySelector(".hour"), view.time.slice(0, 5));
    setText(time.querySelector(".seconds"), view.time.slice(5));
    setAttribute(time, "datetime", new Date(view.asOf).toISOString());
  }
}

customElements.define("as-of", AsOf);
