// <conversation-list>: a row for each open conversation that is asked for, oldest first: onsite ones, off-site ones, and the
// unverified apart.

import { setAttribute } from "../page/dom.js";
import { FrozenRows } from "../table/frozen-rows.js";

// A channel leads to what was posted of the conversation, by its id: `ha-335-` is of its tenant.
export function paintConversation(element, cells, row, view, key) {
  setAttribute(cells.channel, "href", `/events?id=${encodeURIComponent(key.split("-").slice(2).join("-"))}`);
}

export class ConversationList extends FrozenRows {
  constructor() {
    super(paintConversation);
  }

  listed({ document, things }) {
    return { keys: things, rows: document.conversations, groupOf: (row) => row.side };
  }
}

customElements.define("conversation-list", ConversationList);
