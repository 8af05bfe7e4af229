// <alarm-care>: the limits of a board that are passed, in words, and a form by which someone takes care of those that are
// ticked. It is a menu: what comes and goes in it moves nothing on the page.
//   asking  no one takes care of some of them yet

import { setAttribute, setFlag } from "../page/dom.js";
import { LatestRequest, request } from "../page/fetch-latest.js";
import { Listening } from "../page/listening.js";
import { KeyedRows } from "../table/keyed-rows.js";

export class AlarmCare extends Listening {
  connectedCallback() {
    this.rows = new KeyedRows(this.querySelector("ul"), this.querySelector("template"), paintLimit);
    this.requests = new LatestRequest();
    this.form = this.querySelector("form");
    this.listen(this.form, "submit", (event) => this.send(event));
    this.atEnd(() => this.requests.cancel());
  }

  paint({ document }) {
    const { limits } = document;
    const passed = Object.keys(limits).filter((figure) => limits[figure].state !== "unknown");
    this.rows.update(passed, limits, { asOf: 0 }, false);
    const isAsking = passed.some((figure) => !limits[figure].is_taken);
    setFlag(this, "asking", isAsking);
    setFlag(this.querySelector(".none"), "hidden", passed.length !== 0);
  }

  // The page stays: its socket brings what became of it.
  async send(event) {
    event.preventDefault();
    const form = new URLSearchParams(new FormData(this.form));
    const answer = await this.requests.run((canceller) => request(this.form.action, canceller, "no-store", form));
    if (!answer.ok) this.form.submit(); // the page that follows says why
    else this.querySelector("details").open = false;
  }
}

function paintLimit(element, cells, row, view, key) {
  const box = element.querySelector("input");
  setAttribute(box, "value", key);
  setFlag(box, "hidden", row.is_taken);
  box.disabled = Boolean(row.is_taken);
}

customElements.define("alarm-care", AlarmCare);
