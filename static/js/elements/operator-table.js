// <operator-table>: a row for each operator that is asked for, in groups from those who need a supervisor to those who
// left, or in the order of a column; and the heads that sort them.

import { setAttribute, setFlag, setText } from "../page/dom.js";
import { say } from "../page/words.js";
import { FrozenRows } from "../table/frozen-rows.js";
import { paintPictures } from "../table/pictures.js";
import { addressOf, columnOf, sortNext, withChanges } from "../table/query.js";

const UNLED = ["gone", "all"]; // groups that the head does not name

export class OperatorTable extends FrozenRows {
  constructor() {
    super(paintRow);
  }

  connectedCallback() {
    super.connectedCallback();
    this.folder = this.querySelector("[aria-expanded]");
    this.listen(this.folder, "click", (event) => {
      event.preventDefault();
      this.fold(this.folder.getAttribute("aria-expanded") === "true");
    });
  }

  fold(isFolded) {
    setFlag(this.folder.closest("tbody"), "data-folded", isFolded);
    setAttribute(this.folder, "aria-expanded", String(!isFolded));
  }

  listed({ document, shown, query }) {
    return { keys: shown, rows: document.operators, groupOf: (row) => (query.sort ? "all" : row.group) };
  }

  painted(view) {
    if (view.query.presence === "gone") this.fold(false);
    this.paintLead();
    this.paintNone(view);
    this.paintHeads(view.query);
  }

  // The table's head names the first group.
  paintLead() {
    const lead = this.groups.find(({ body, held }) => held.size > 0 && !UNLED.includes(body.dataset.group));
    setAttribute(this.querySelector("table"), "data-lead", lead ? lead.body.dataset.group : null);
    setText(this.querySelector(".lead"), lead ? lead.body.querySelector(".group").textContent.trim() : "");
  }

  paintNone(view) {
    const none = this.querySelector(".none");
    setFlag(none, "hidden", view.shown.length !== 0);
    setText(none, say(Object.keys(view.document.operators).length === 0 ? "floor.none-seen" : "floor.none"));
  }

  paintHeads(query) {
    for (const head of this.querySelectorAll("[data-column]")) {
      const { column } = head.dataset;
      setAttribute(head, "aria-sort", columnOf(query.sort) === column ? directionOf(query.sort) : null);
      setAttribute(head.querySelector("button"), "value", sortNext(query, column));
    }
  }
}

function directionOf(sort) {
  return sort.startsWith("-") ? "descending" : "ascending";
}

function paintRow(element, cells, row, view, key) {
  setFlag(element, "needs", row.group === "needs");
  setFlag(element, "late", row.late);
  setFlag(cells.csat, "few", row.few);
  setAttribute(element.querySelector(".part"), "width", String(row.share || 0));
  paintPictures(element.querySelector(".icons"), row.open || []);
  setAttribute(cells.name, "href", addressOf(withChanges(view.query, { operator: key })));
}

customElements.define("operator-table", OperatorTable);
