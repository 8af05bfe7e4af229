// <operator-table>: a row for each operator that is asked for, and the heads that sort them.

import { setAttribute, setText } from "../page/dom.js";
import { count, say, sayCount } from "../page/words.js";
import { shownOperators } from "../table/filter-sort.js";
import { FrozenRows } from "../table/frozen-rows.js";
import { KeyedRows } from "../table/keyed-rows.js";
import { addressOf, columnOf, sortNext, withChanges } from "../table/query.js";

export class OperatorTable extends FrozenRows {
  connectedCallback() {
    this.rows = new KeyedRows(this.bodies[0], this.querySelector("template"), paintRow);
    super.connectedCallback();
  }

  get bodies() {
    return [this.querySelector("tbody")];
  }

  update(view, isHeld) {
    const { operators } = view.document;
    const keys = shownOperators(operators, view.query);
    const total = Object.keys(operators).length;
    const waiting = this.rows.update(keys, operators, view, isHeld);
    setText(this.querySelector(".shown"), sayCount("floor.shown", keys.length, { total: count(total) }));
    const none = this.querySelector(".none");
    setAttribute(none, "hidden", keys.length === 0 ? null : "");
    setText(none, say(total === 0 ? "floor.nobody" : "floor.none"));
    const { capped_operators: capped } = view.document;
    const line = this.querySelector(".capped-operators");
    setAttribute(line, "hidden", capped === undefined ? "" : null);
    setText(line, capped || "");
    this.paintHeads(view.query);
    return waiting;
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
  setAttribute(element, "data-standing", row.standing);
  setAttribute(element, "urgent", row.urgent ? "" : null);
  setAttribute(cells.csat, "few", row.few ? "" : null);
  const address = `${addressOf(withChanges(view.query, { operator: key }))}#conversations`;
  setAttribute(element.querySelector("a"), "href", row.sort.open > 0 ? address : null);
}

customElements.define("operator-table", OperatorTable);
