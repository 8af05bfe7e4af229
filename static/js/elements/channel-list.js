// <channel-list>: a row for each channel of the document, in the order that it says. Those that there is no room for are
// hidden, and counted in the last row.

import { setAttribute, setFlag, setText } from "../page/dom.js";

export class ChannelList extends HTMLElement {
  paint(view) {
    const { channels, others } = view.document;
    for (const row of this.querySelectorAll("li[data-channel]")) {
      if (channels[row.dataset.channel] === undefined) row.remove();
    }
    let next = this.querySelector("li");
    for (const channel of Object.keys(channels).sort((one, other) => channels[one].place - channels[other].place)) {
      const row = this.rowOf(channel, next, view);
      setFlag(row, "hidden", channels[channel].hidden);
      setFlag(row, "idle", channels[channel].idle);
      setAttribute(row.querySelector("rect"), "width", channels[channel].bar);
      next = row.nextElementSibling;
    }
    setFlag(next, "hidden", others === undefined);
    setText(next.querySelector(".count"), others || "");
  }

  // The row that stands at its place, or one that is put there: rows never change places.
  rowOf(channel, next, view) {
    if (next.dataset.channel === channel) return next;
    const row = document.importNode(this.querySelector("template").content, true).firstElementChild;
    const value = row.querySelector("live-value");
    row.dataset.channel = channel;
    value.dataset.value = `open:${channel}`;
    setText(row.querySelector(".label"), view.document.channels[channel].label);
    next.before(row);
    value.paint(view);
    return row;
  }
}

customElements.define("channel-list", ChannelList);
