// <as-of>: the instant the numbers are from, in the board's time zone.

import { timeOfDay } from "../format.js";
import { setAttribute, setText } from "../slot.js";

export class AsOf extends HTMLElement {
  paint(view) {
    const time = this.querySelector("time");
    setText(time, timeOfDay(view.asOf, view.zone));
    setAttribute(time, "datetime", new Date(view.asOf).toISOString());
  }
}

customElements.define("as-of", AsOf);
