// <board-chart data-chart="closed">: the paths of a chart or bar, as the server draws them. Each path of its SVG names
// its own; one with data-filled is closed down to the foot of the chart.

import { setAttribute, setFlag } from "../page/dom.js";

const TO_THE_FOOT = "V300Z";

export class BoardChart extends HTMLElement {
  paint({ document }) {
    const chart = document.charts[this.dataset.chart];
    setFlag(this, "hidden", chart === undefined);
    for (const path of this.querySelectorAll("path")) {
      const drawn = (chart && chart[path.dataset.path]) || "";
      setAttribute(path, "d", drawn && path.hasAttribute("data-filled") ? drawn + TO_THE_FOOT : drawn);
    }
  }
}

customElements.define("board-chart", BoardChart);
