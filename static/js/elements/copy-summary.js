// <copy-summary title="All projects" copied="Copied" selected="Selected">: three lines of what the page says now, to paste
// anywhere: the board and the time, the counts, and who needs a supervisor and why. Else as <copy-text>.

import { setText } from "../page/dom.js";
import { CopyText } from "./copy-text.js";

export class CopySummary extends CopyText {
  copy() {
    setText(this.querySelector("code"), this.lines().join("\n"));
    super.copy();
  }

  lines() {
    const board = this.closest("floor-board");
    const time = board.querySelector("[data-as-of]").textContent;
    const counts = Array.from(board.querySelectorAll(".strip .count"), wordsOf);
    const needing = Array.from(board.querySelectorAll("tr[needs]"), (row) => {
      return `${row.querySelector("[data-cell=name]").textContent} (${row.querySelector(".why").textContent})`;
    });
    const filters = Array.from(board.querySelectorAll(".tally .shown"), wordsOf);
    return [[this.getAttribute("title"), time].concat(filters).join(" · "), counts.join(", "), needing.join(", ") || "–"];
  }
}

// Of a part of the page, as it is seen.
function wordsOf(element) {
  return element.innerText.replace(/\s+/g, " ").trim();
}

customElements.define("copy-summary", CopySummary);
