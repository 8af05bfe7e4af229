// <more-rows more="Add a board">: rows of fields that have the same names. Adds more of them; without script a few that are
// empty are there.

export class MoreRows extends HTMLElement {
  connectedCallback() {
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.textContent = this.getAttribute("more");
    this.button.addEventListener("click", () => this.add());
    this.append(this.button);
  }

  disconnectedCallback() {
    this.button.remove();
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
