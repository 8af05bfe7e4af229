// <live-value data-value="sales">: a figure of the document, by its key.
//   absent    it cannot be computed, and is a dash
//   zero      it is 0
//   few       too few answers stand behind it to say much
//   extent    how much room it needs: short, medium, long, longest
//   changed   it became another one a moment ago
//   split     set in the page: what is no number in it is written smaller

import { isAge, textAt } from "../page/age.js";
import { setAttribute, setFlag, setParts, setText } from "../page/dom.js";

const CHANGED_MS = 2000;
const FLAGS = ["absent", "zero", "few"];
const ABSENT = { text: "–", absent: true };

export class LiveValue extends HTMLElement {
  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  paint(view) {
    if (!this.isConnected) return; // its row is gone since the painting began
    const slot = view.document.figures[this.dataset.value] || ABSENT;
    const shown = textAt(slot, view.asOf);
    if (shown !== this.textContent) this.change(shown, isAge(slot) || view.isNew);
    for (const flag of FLAGS) setFlag(this, flag, slot[flag]);
    setAttribute(this, "extent", extent(this.hasAttribute("split") ? shown.replace(/[^0-9]/g, "") : shown));
  }

  // Of an age, time alone changes it, and another board has other figures: that is no news.
  change(shown, isNoNews) {
    if (this.hasAttribute("split")) setParts(this, shown);
    else setText(this, shown);
    if (isNoNews) return;
    setAttribute(this, "changed", "");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => setAttribute(this, "changed", null), CHANGED_MS);
  }
}

// The style sheet has a type size for each.
function extent(shown) {
  if (shown.length <= 3) return "short";
  if (shown.length <= 6) return "medium";
  return shown.length <= 9 ? "long" : "longest";
}

customElements.define("live-value", LiveValue);
