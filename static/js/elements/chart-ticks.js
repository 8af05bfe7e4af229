// <chart-ticks>: the hours that the axis of all charts names.

import { setAttribute, setFlag, setText } from "../page/dom.js";

export class ChartTicks extends HTMLElement {
  paint({ document }) {
    const { axis, open } = document.charts;
    setFlag(this, "hidden", open === undefined);
    if (axis === undefined) return;
    Array.from(this.querySelectorAll("g"), (mark, place) => paintMark(mark, axis.ticks[place]));
  }
}

function paintMark(mark, tick) {
  const [line, text] = mark.children;
  setFlag(mark, "hidden", tick === undefined);
  setText(text, tick === undefined ? "" : tick.text);
  if (tick === undefined) return;
  setAttribute(line, "x1", tick.x);
  setAttribute(line, "x2", tick.x);
  setAttribute(text, "x", tick.x);
}

customElements.define("chart-ticks", ChartTicks);
