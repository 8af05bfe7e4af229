// <conversation-list>: a row for each open conversation, oldest first: onsite ones, off-site ones, and the unverified
// apart; all of them, or those of one operator.

import { setAttribute, setText } from "../page/dom.js";
import { count } from "../page/words.js";
import { shownConversations } from "../table/filter-sort.js";
import { FrozenRows } from "../table/frozen-rows.js";
import { KeyedRows } from "../table/keyed-rows.js";
import { addressOf, withChanges } from "../table/query.js";

export class ConversationList extends FrozenRows {
  connectedCallback() {
    const template = this.querySelector("template");
    this.sides = this.bodies.map((body) => new KeyedRows(body, template));
    super.connectedCallback();
  }

  get bodies() {
    return Array.from(this.querySelectorAll("tbody"));
  }

  update(view, isHeld) {
    const { conversations } = view.document;
    const keys = shownConversations(conversations, view.query);
    let waiting = 0;
    for (const side of this.sides) {
      const shown = keys.filter((key) => conversations[key].side === side.body.dataset.side);
      setText(side.body.querySelector(".count"), count(shown.length));
      waiting += side.update(shown, conversations, view, isHeld);
    }
    this.paintOperator(view);
    this.paintCap(view.document.capped);
    return waiting;
  }

  paintOperator({ document, query }) {
    const line = this.querySelector(".of");
    const operator = document.operators[query.operator];
    setAttribute(line, "hidden", query.operator ? null : "");
    setText(line.querySelector(".words"), operator === undefined ? "" : operator.of);
    const address = `${addressOf(withChanges(query, { operator: "" }))}#conversations`;
    setAttribute(line.querySelector("a"), "href", address);
  }

  paintCap(capped) {
    const line = this.querySelector(".capped");
    setAttribute(line, "hidden", capped === undefined ? "" : null);
    setText(line, capped || "");
  }
}

customElements.define("conversation-list", ConversationList);
