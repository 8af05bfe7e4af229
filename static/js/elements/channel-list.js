// <channel-list data-value="conversations.open_by_channel">: a row for each channel, keyed by its name.
// The page came with a row for each documented channel; any other has one, cloned from the <template>, while it is in
// the document.
//   density  how close they stand: loose, dense, packed

import { lookUp } from "../document.js";
import { density } from "../format.js";
import { setAttribute, setText } from "../slot.js";

export class ChannelList extends HTMLElement {
  paint(view) {
    const counts = lookUp(view.document, this.dataset.value) || {};
    const list = this.querySelector("ul");
    const rows = new Map();
    for (const row of Array.from(list.children)) {
      if (row.hasAttribute("documented") || row.dataset.channel in counts) rows.set(row.dataset.channel, row);
      else row.remove();
    }
    for (const channel of Object.keys(counts).sort()) {
      if (!rows.has(channel)) list.append(this.makeRow(channel, view));
    }
    setAttribute(this, "density", density(list.children.length));
  }

  makeRow(channel, view) {
    const row = document.importNode(this.querySelector("template").content, true).firstElementChild;
    row.dataset.channel = channel;
    setText(row.querySelector(".label"), channel);
    const value = row.querySelector("live-value");
    value.dataset.value = `${this.dataset.value}.${channel}`;
    value.paint(view);
    return row;
  }
}

customElements.define("channel-list", ChannelList);
