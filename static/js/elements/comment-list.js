// <comment-list>: what visitors wrote last, newest first.

import { setAttribute, setFlag } from "../page/dom.js";
import { isThingAskedFor } from "../table/filter-sort.js";
import { KeyedRows } from "../table/keyed-rows.js";

export class CommentList extends HTMLElement {
  connectedCallback() {
    this.rows = new KeyedRows(this.querySelector("ol"), this.querySelector("template"), paintComment);
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

export function paintComment(element, cells, row) {
  setAttribute(element, "data-score", row.score === undefined ? null : String(row.score));
}

customElements.define("comment-list", CommentList);
