// <comment-list>: what visitors wrote last, newest first.

import { display } from "../format.js";
import { KeyedRows } from "../keyed-rows.js";
import { setAttribute, setText } from "../slot.js";

export class CommentList extends HTMLElement {
  connectedCallback() {
    this.rows = new KeyedRows(this.querySelector("ol"), this.querySelector("template"), paintRow);
  }

  paint(view) {
    const { comments } = view.document.satisfaction;
    const entries = comments.map((comment) => ({ key: comment.conversation, comment }));
    this.rows.update(entries, entries, view, false);
    setAttribute(this.querySelector(".none"), "hidden", comments.length === 0 ? null : "");
  }
}

function paintRow(element, cells, { comment }, view) {
  setText(cells.time, display(comment.at, "time", view.asOf, view.zone));
  setText(cells.text, comment.text);
  return Infinity;
}

customElements.define("comment-list", CommentList);
