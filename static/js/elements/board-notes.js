// <board-notes>: what today's numbers miss: the hours before the board began to count, and hours without a receiver.

import { setText } from "../page/dom.js";

export class BoardNotes extends HTMLElement {
  paint({ document }) {
    setText(this, document.notes);
  }
}

customElements.define("board-notes", BoardNotes);
