// <comment-list>: what visitors wrote last, newest first.

import { setFlag } from "../page/dom.js";
import { isThingAskedFor } from "../table/filter-sort.js";
import { KeyedRows } from "../table/keyed-rows.js";

export class CommentList extends HTMLElement {
  connectedCallback() {
    this.rows = new KeyedRows(this.querySelector("ol"), this.querySelector("template"));
  }

  paint(view) {
    const operators = new Set(view.shown);
    const comments = view.document.comments.filter((comment) => isThingAskedFor(comment, view.query, operators));
    paintComments(this.rows, comments, view);
    setFlag(this.querySelector(".none"), "hidden", comments.length !== 0);
  }
}

export function paintComments(rows, comments, view) {
  const byKey = {};
  for (const comment of comments) byKey[comment.key] = comment;
  rows.update(comments.map((comment) => comment.key), byKey, view, false);
}

customElements.define("comment-list", CommentList);
