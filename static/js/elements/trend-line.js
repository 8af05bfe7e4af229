// <trend-line data-trend="closed">: today by quarter-hour, drawn small, without a scale: whether it rises or falls.

import { setAttribute } from "../page/dom.js";

export class TrendLine extends HTMLElement {
  paint({ document }) {
    setAttribute(this.querySelector("path"), "d", document.trends[this.dataset.trend]);
  }
}

customElements.define("trend-line", TrendLine);
