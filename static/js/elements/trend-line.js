// <trend-line data-series="closed">: today by quarter-hour, drawn small, without a scale: whether it rises or falls.

import { lookUp } from "../document.js";
import { setAttribute } from "../slot.js";
import { trendPath } from "../trend.js";

export class TrendLine extends HTMLElement {
  paint(view) {
    setAttribute(this.querySelector("path"), "d", trendPath(lookUp(view.document, "trend"), this.dataset.series));
  }
}

customElements.define("trend-line", TrendLine);
