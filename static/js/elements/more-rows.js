// <more-rows>: rows of fields that have the same names. A button adds more of them; without script a few that are empty
// are there.

import { Listening } from "../page/listening.js";

export class MoreRows extends Listening {
  connectedCallback() {
    this.listen(this.querySelector(".more"), "click", () => this.add());
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
