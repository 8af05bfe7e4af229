// <conversation-list>: a row for each open conversation, oldest first: onsite ones, off-site ones, and the unverified
// apart; all of them, or those of one operator.

import { conversationRows, conversationTexts } from "../conversation-rows.js";
import { addressOf, withChanges } from "../floor-query.js";
import { HeldList } from "../held-list.js";
import { KeyedRows } from "../keyed-rows.js";
import { nextMinute } from "../minutes.js";
import { nameOf } from "../operator-rows.js";
import { setAttribute, setText } from "../slot.js";
import { numeral, say } from "../words.js";

export class ConversationList extends HeldList {
  connectedCallback() {
    const template = this.querySelector("template");
    this.sides = this.bodies.map((body) => new KeyedRows(body, template, paintRow));
    super.connectedCallback();
  }

  get bodies() {
    return Array.from(this.querySelectorAll("tbody"));
  }

  update(view, held) {
    const rows = conversationRows(view.document, view.query.operator);
    let waiting = 0;
    for (const side of this.sides) {
      const shown = rows.filter((row) => row.side === side.body.dataset.side);
      setText(side.body.querySelector(".count"), numeral(String(shown.length)));
      waiting += side.update(shown, rows, view, held);
    }
    this.paintOperator(view);
    this.paintCap(view.document);
    return waiting;
  }

  paintOperator({ document, query }) {
    const line = this.querySelector(".of");
    const name = nameOf(query.operator, document.operators.by_id[query.operator]);
    setAttribute(line, "hidden", query.operator ? null : "");
    setText(line.querySelector(".words"), query.operator ? say("floor.of", { name }) : "");
    const address = `${addressOf(withChanges(query, { operator: "" }))}#conversations`;
    setAttribute(line.querySelector("a"), "href", address);
  }

  paintCap({ conversations }) {
    const n = Object.keys(conversations.by_id).length;
    const total = conversations.open + conversations.unverified;
    const line = this.querySelector(".capped");
    setAttribute(line, "hidden", n < total ? null : "");
    setText(line, n < total ? say("floor.capped", { n, total }) : "");
  }
}

function paintRow(element, cells, row, view) {
  const texts = conversationTexts(row, view.asOf, view.zone);
  for (const name of Object.keys(texts)) setText(cells[name], texts[name]);
  return nextMinute([row.conversation.opened_at], view.asOf);
}

customElements.define("conversation-list", ConversationList);
