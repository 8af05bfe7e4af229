// <live-value data-value="sales.amount" data-format="money">: one value of the document.
//   absent    it cannot be computed, and is a dash
//   zero      it is 0
//   extent    how much room it needs: short, medium, long, longest
//   optional  set in the page: the row it stands in is hidden while it is 0 or absent

import { lookUp } from "../document.js";
import { DASH, display, extent } from "../format.js";
import { setAttribute, setText } from "../slot.js";

export class LiveValue extends HTMLElement {
  paint(view) {
    const value = lookUp(view.document, this.dataset.value);
    const shown = display(value, this.dataset.format, view.asOf, view.zone);
    setText(this, shown);
    setAttribute(this, "absent", shown === DASH ? "" : null);
    setAttribute(this, "zero", value === 0 ? "" : null);
    setAttribute(this, "extent", extent(shown));
    if (this.hasAttribute("optional")) setAttribute(this.closest(".fact"), "hidden", value ? null : "");
  }
}

customElements.define("live-value", LiveValue);
