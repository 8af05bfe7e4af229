// <status-band>: in words, whether the numbers can be believed, and if not, what broke and how old they are; or that
// there is nothing to see any more.

import { span, timeOfDay } from "../format.js";
import { setText } from "../slot.js";

const WORDS = {
  live: "Live",
  lost: "Connection lost",
  "store-away": "Server cannot reach its store",
  ended: "No longer allowed here",
};

export class StatusBand extends HTMLElement {
  paint(view) {
    setText(this.querySelector(".words"), words(view));
    setText(this.querySelector(".provenance"), isDoubtful(view) ? provenance(view) : "");
  }
}

function words(view) {
  if (view.link === "ended") return WORDS.ended;
  if (isDoubtful(view)) return `${WORDS[view.link]} ·`;
  return Number.isNaN(view.asOf) ? "Waiting for numbers" : WORDS.live;
}

function isDoubtful(view) {
  return view.link !== "live" && view.link !== "ended";
}

function provenance(view) {
  if (Number.isNaN(view.asOf)) return "no numbers yet";
  return `numbers from ${timeOfDay(view.asOf, view.zone)}, ${span(view.now - view.asOf)} ago`;
}

customElements.define("status-band", StatusBand);
