// <comment-list>: what visitors wrote last, newest first.

import { setAttribute } from "../page/dom.js";
import { KeyedRows } from "../table/keyed-rows.js";

export class CommentList extends HTMLElement {
  connectedCallback() {
    this.rows = new KeyedRows(this.querySelector("ol"), this.querySelector("template"));
  }

  paint(view) {
    const { comments } = view.document;
    const rows = {};
    for (const comment of comments) rows[comment.key] = comment;
    this.rows.update(comments.map((comment) => comment.key), rows, view, false);
    setAttribute(this.querySelector(".none"), "hidden", comments.length === 0 ? null : "");
  }
}

customElements.define("comment-list", CommentList);
