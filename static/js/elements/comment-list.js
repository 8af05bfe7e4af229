// <comment-list>: what visitors wrote last, newest first.

import { setFlag } from "../page/dom.js";
import { shownThings } from "../table/filter-sort.js";
import { KeyedRows } from "../table/keyed-rows.js";

export class CommentList extends HTMLElement {
  connectedCallback() {
    this.rows = new KeyedRows(this.querySelector("ol"), this.querySelector("template"));
  }

  paint(view) {
    const { comments } = view.document;
    const keys = shownThings(comments, view.query, new Set(view.shown));
    this.rows.update(keys, comments, view, false);
    setFlag(this.querySelector(".none"), "hidden", keys.length !== 0);
  }
}

customElements.define("comment-list", CommentList);
