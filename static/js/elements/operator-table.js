// <operator-table>: a row for each operator that is asked for, and the heads that sort them.

import { addressOf, columnOf, sortNext, withChanges } from "../floor-query.js";
import { HeldList } from "../held-list.js";
import { KeyedRows } from "../keyed-rows.js";
import { nextMinute } from "../minutes.js";
import {
  hasFewAnswers, needsAttention, operatorInstants, operatorRows, operatorTexts, shownRows,
} from "../operator-rows.js";
import { setAttribute, setText } from "../slot.js";
import { say } from "../words.js";

export class OperatorTable extends HeldList {
  connectedCallback() {
    this.rows = new KeyedRows(this.bodies[0], this.querySelector("template"), paintRow);
    super.connectedCallback();
  }

  get bodies() {
    return [this.querySelector("tbody")];
  }

  update(view, held) {
    const everybody = operatorRows(view.document);
    const shown = shownRows(everybody, view.query);
    const waiting = this.rows.update(shown, everybody, view, held);
    setText(this.querySelector(".shown"), say("floor.shown", { n: shown.length, total: everybody.length }));
    const none = this.querySelector(".none");
    setAttribute(none, "hidden", shown.length === 0 ? null : "");
    setText(none, say(everybody.length === 0 ? "floor.nobody" : "floor.none"));
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

function paintRow(element, cells, row, view) {
  const texts = operatorTexts(row, view.asOf, view.zone);
  for (const name of Object.keys(texts)) setText(cells[name], texts[name]);
  setAttribute(element, "data-standing", row.standing);
  setAttribute(element, "urgent", needsAttention(row) ? "" : null);
  setAttribute(cells.csat, "few", hasFewAnswers(row) ? "" : null);
  const address = `${addressOf(withChanges(view.query, { operator: row.key }))}#conversations`;
  setAttribute(element.querySelector("a"), "href", row.open > 0 ? address : null);
  return nextMinute(operatorInstants(row), view.asOf);
}

customElements.define("operator-table", OperatorTable);
