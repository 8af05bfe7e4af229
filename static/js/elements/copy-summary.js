// <copy-summary title="All projects" copied="Copied">: three lines of what the page says now, to paste anywhere: the board and
// the time, the counts, and who needs a supervisor and why.

import { setAttribute, setText } from "../page/dom.js";

export class CopySummary extends HTMLElement {
  connectedCallback() {
    this.whenPressed = () => this.copy();
    this.button = this.querySelector("button");
    this.button.addEventListener("click", this.whenPressed);
    setAttribute(this.button, "hidden", null);
  }

  disconnectedCallback() {
    this.button.removeEventListener("click", this.whenPressed);
  }

  // navigator.clipboard is there over https alone, and Deskboard begins on http.
  copy() {
    const field = document.createElement("textarea");
    field.value = this.lines().join("\n");
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    this.button.focus();
    if (isCopied) setText(this.querySelector("[role=status]"), this.getAttribute("copied"));
  }

  lines() {
    const board = this.closest("floor-board");
    const time = board.querySelector("[data-as-of]").textContent;
    const counts = Array.from(board.querySelectorAll(".strip .count"), (count) => wordsOf(count));
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
