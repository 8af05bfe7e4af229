// <live-value data-value="sales.amount" data-format="money">: one value of the document.
//   absent       it cannot be computed, and is a dash
//   zero         it is 0
//   extent       how much room it needs: short, medium, long, longest
//   changed      it became another one a moment ago
//   optional     set in the page: the row it stands in is hidden while it is absent
//   data-counts  set in the page, of a score: the path of how many answers stand behind it
//   few          too few of them to say much

import { lookUp } from "../document.js";
import { DASH, display, extent, isFew } from "../format.js";
import { setAttribute, setText } from "../slot.js";

const CHANGED_MS = 2000;

export class LiveValue extends HTMLElement {
  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  paint(view) {
    const value = lookUp(view.document, this.dataset.value);
    const shown = display(value, this.dataset.format, view.asOf, view.zone);
    if (shown !== this.textContent) this.change(shown);
    setAttribute(this, "absent", shown === DASH ? "" : null);
    setAttribute(this, "zero", value === 0 ? "" : null);
    setAttribute(this, "extent", extent(shown));
    if (this.hasAttribute("optional")) setAttribute(this.closest(".fact"), "hidden", shown === DASH ? "" : null);
    if (this.dataset.counts) {
      setAttribute(this, "few", isFew(lookUp(view.document, this.dataset.counts)) ? "" : null);
    }
  }

  change(shown) {
    setText(this, shown);
    if (this.dataset.format === "age") return; // time alone changes it
    setAttribute(this, "changed", "");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => setAttribute(this, "changed", null), CHANGED_MS);
  }
}

customElements.define("live-value", LiveValue);
