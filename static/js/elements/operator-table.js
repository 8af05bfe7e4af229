// <operator-table>: a row for each operator that is asked for, in groups from those who need a supervisor to those who
// left, or in the order of a column; and the heads that sort them.

import { setAttribute, setFlag, setText } from "../page/dom.js";
import { count, say } from "../page/words.js";
import { FrozenRows } from "../table/frozen-rows.js";
import { paintPictures } from "../table/pictures.js";
import { KeyedRows } from "../table/keyed-rows.js";
import { addressOf, columnOf, sortNext, withChanges } from "../table/query.js";

const UNLED = ["gone", "all"]; // groups that the head does not name

export class OperatorTable extends FrozenRows {
  connectedCallback() {
    const template = this.querySelector("template");
    this.groups = this.bodies.map((body) => new KeyedRows(body, template, paintRow));
    this.fold = this.querySelector("[data-fold]");
    this.listen(this.fold, "click", (event) => this.toggle(event));
    super.connectedCallback();
  }

  get bodies() {
    return Array.from(this.querySelectorAll("tbody"));
  }

  toggle(event) {
    event.preventDefault();
    const body = this.fold.closest("tbody");
    this.foldTo(body, !body.hasAttribute("data-folded"));
  }

  foldTo(body, isFolded) {
    setFlag(body, "data-folded", isFolded);
    setAttribute(this.fold, "aria-expanded", isFolded ? "false" : "true");
  }

  update(view, isHeld) {
    const { operators } = view.document;
    const groups = {};
    for (const key of view.shown) {
      const group = view.query.sort ? "all" : operators[key].group;
      (groups[group] = groups[group] || []).push(key);
    }
    let waiting = [];
    for (const { body } of this.groups) {
      const keys = groups[body.dataset.group] || [];
      waiting = waiting.concat(this.rowsOf(body).update(keys, operators, view, isHeld));
      const held = this.rowsOf(body).held.size;
      setFlag(body, "data-empty", held === 0);
      const number = body.querySelector(".group .number");
      if (number !== null) setText(number, count(keys.length));
    }
    if (view.query.presence === "gone" && this.fold.getAttribute("aria-expanded") === "false") {
      this.foldTo(this.fold.closest("tbody"), false);
    }
    this.paintLead(groups);
    this.paintNone(view);
    this.paintHeads(view.query);
    return waiting;
  }

  rowsOf(body) {
    return this.groups.find((group) => group.body === body);
  }

  // The table's head names the first group.
  paintLead(groups) {
    const lead = this.bodies.map((body) => body.dataset.group).find((name) => !UNLED.includes(name) && groups[name] !== undefined);
    setAttribute(this.querySelector("table"), "data-lead", lead || null);
    setText(this.querySelector(".lead"), lead ? this.querySelector(`[data-group="${lead}"] .group`).textContent.trim() : "");
  }

  paintNone(view) {
    const none = this.querySelector(".none");
    setFlag(none, "hidden", view.shown.length !== 0);
    setText(none, say(Object.keys(view.document.operators).length === 0 ? "floor.none-seen" : "floor.none"));
  }

  paintHeads(query) {
    for (const head of this.querySelectorAll("[data-column]")) {
      const { column } = head.dataset;
      setAttribute(head, "aria-sort", columnOf(query.sort) === column ? direction(query.sort) : null);
      setAttribute(head.querySelector("button"), "value", sortNext(query, column));
    }
  }
}

function direction(sort) {
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
