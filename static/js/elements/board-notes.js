// <board-notes>: what today's numbers miss: the hours before the board began to count, those when nobody received.

import { notes } from "../format.js";
import { setText } from "../slot.js";

export class BoardNotes extends HTMLElement {
  paint(view) {
    setText(this, notes(view.document, view.zone));
  }
}

customElements.define("board-notes", BoardNotes);
