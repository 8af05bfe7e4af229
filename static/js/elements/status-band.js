// <status-band>: in words, whether the numbers can be believed, and if not, what broke and how old they are; or that
// there is nothing to see any more.

import { span, timeOfDay } from "../format.js";
import { setText } from "../slot.js";
import { lastEventAt } from "../trouble.js";
import { say } from "../words.js";

const CERTAIN = ["live", "plain", "ended"];

export class StatusBand extends HTMLElement {
  paint(view) {
    setText(this.querySelector(".words"), words(view));
    setText(this.querySelector(".provenance"), isDoubtful(view) ? provenance(view) : "");
  }
}

function words(view) {
  if (view.link === "live" && Number.isNaN(view.asOf)) return say("band.waiting");
  return say(`band.${view.link}`);
}

function isDoubtful(view) {
  return !CERTAIN.includes(view.link);
}

function provenance(view) {
  if (view.link === "quiet") return say("band.since", { time: timeOfDay(lastEventAt(view.document), view.zone, "hh:mm".length) });
  if (Number.isNaN(view.asOf)) return say("band.none");
  return say("band.age", { age: span(view.now - view.asOf) });
}

customElements.define("status-band", StatusBand);
