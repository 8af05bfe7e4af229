// <age-bar>: how far the oldest conversation is on its way to its limit: time alone moves it.

import { setAttribute, setFlag } from "../page/dom.js";

const WIDTH = 1000;

export class AgeBar extends HTMLElement {
  paint({ document, asOf }) {
    const { figures, age_limit: limit } = document;
    const oldest = figures.oldest_onsite;
    const share = limit === undefined || oldest.at === undefined ? null : (asOf - Date.parse(oldest.at)) / 1000 / limit;
    setFlag(this, "hidden", share === null);
    if (share === null) return;
    setAttribute(this.querySelector("path"), "d", `M0 5H${Math.round(WIDTH * Math.min(1, Math.max(0, share)))}`);
  }
}

customElements.define("age-bar", AgeBar);
