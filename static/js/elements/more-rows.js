// <more-rows more="Add a board">: rows of fields that have the same names. Adds more of them; without script a few that are
// empty are there.

import { Listening } from "../page/listening.js";

export class MoreRows extends Listening {
  connectedCallback() {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.getAttribute("more");
    this.listen(button, "click", () => this.add());
    this.append(button);
    this.atEnd(() => button.remove());
  }

  add() {
    const rows = this.querySelectorAll("[data-row]");
    const last = rows[rows.length - 1];
    const row = last.cloneNode(true);
    for (const field of row.querySelectorAll("input")) field.value = field.defaultValue;
    for (const field of row.querySelectorAll("select")) field.selectedIndex = 0;
    last.after(row);
    row.querySelector("select").focus();
  }
}

customElements.define("more-rows", MoreRows);
