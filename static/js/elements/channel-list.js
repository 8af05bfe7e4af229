// <channel-list data-value="conversations.open_by_channel">: a row for each channel, keyed by its name.
// The page came with a row for each documented channel; any other has one, cloned from the <template>, while it is in
// the document. Where there are more than the list has room for, the emptiest are hidden, and counted in the last row.

import { seenChannels } from "../channels.js";
import { lookUp } from "../document.js";
import { setAttribute, setText } from "../slot.js";
import { numeral } from "../words.js";

export class ChannelList extends HTMLElement {
  paint(view) {
    const counts = lookUp(view.document, this.dataset.value) || {};
    const rows = this.keepRows(counts, view);
    const seen = seenChannels(Array.from(rows.keys()), counts);
    let others = 0;
    for (const [channel, row] of rows) {
      setAttribute(row, "hidden", seen.has(channel) ? null : "");
      if (!seen.has(channel)) others += counts[channel] || 0;
    }
    const last = this.querySelector(".others");
    setAttribute(last, "hidden", others === 0 ? "" : null);
    setText(last.querySelector(".count"), numeral(String(others)));
  }

  // By channel, in the order in which they stand.
  keepRows(counts, view) {
    const rows = new Map();
    for (const row of this.querySelectorAll("li[data-channel]")) {
      if (row.hasAttribute("documented") || row.dataset.channel in counts) rows.set(row.dataset.channel, row);
      else row.remove();
    }
    for (const channel of Object.keys(counts).sort()) {
      if (!rows.has(channel)) rows.set(channel, this.addRow(channel, view));
    }
    return rows;
  }

  addRow(channel, view) {
    const row = document.importNode(this.querySelector("template").content, true).firstElementChild;
    row.dataset.channel = channel;
    setText(row.querySelector(".label"), channel);
    const value = row.querySelector("live-value");
    value.dataset.value = `${this.dataset.value}.${channel}`;
    value.paint(view);
    this.querySelector(".others").before(row);
    return row;
  }
}

customElements.define("channel-list", ChannelList);
