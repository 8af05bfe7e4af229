// <conversation-list>: a row for each open conversation that is asked for, oldest first: onsite ones, off-site ones, and the
// unverified apart.

import { setAttribute, setText } from "../page/dom.js";
import { count } from "../page/words.js";
import { FrozenRows } from "../table/frozen-rows.js";
import { KeyedRows } from "../table/keyed-rows.js";

// A channel leads to what was posted of the conversation, by its id: `ha-335-` is of its tenant.
export function paintConversation(element, cells, row, view, key) {
  setAttribute(cells.channel, "href", `/events?id=${encodeURIComponent(key.split("-").slice(2).join("-"))}`);
}

export class ConversationList extends FrozenRows {
  connectedCallback() {
    const template = this.querySelector("template");
    this.sides = this.bodies.map((body) => new KeyedRows(body, template, paintConversation));
    super.connectedCallback();
  }

  get bodies() {
    return Array.from(this.querySelectorAll("tbody"));
  }

  update(view, isHeld) {
    const { conversations } = view.document;
    let waiting = [];
    for (const side of this.sides) {
      const shown = view.things.filter((key) => conversations[key].side === side.body.dataset.side);
      setText(side.body.querySelector(".number"), count(shown.length));
      waiting = waiting.concat(side.update(shown, conversations, view, isHeld));
    }
    return waiting;
  }
}

customElements.define("conversation-list", ConversationList);
