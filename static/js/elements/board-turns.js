// <board-turns>: the boards that a screen shows in turns. Adds rows for more of them; without script a few are there.
//   more  what the button says that adds one

export class BoardTurns extends HTMLElement {
  connectedCallback() {
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.textContent = this.getAttribute("more");
    this.button.addEventListener("click", () => this.add());
    this.querySelector("details").append(this.button);
  }

  disconnectedCallback() {
    this.button.remove();
  }

  add() {
    const rows = this.querySelectorAll(".turn");
    const row = rows[rows.length - 1].cloneNode(true);
    row.querySelector("select").selectedIndex = 0;
    this.button.before(row);
    row.querySelector("select").focus();
  }
}

customElements.define("board-turns", BoardTurns);
