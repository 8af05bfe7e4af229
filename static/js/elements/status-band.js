// <status-band>: in words, whether the numbers can be believed, and if not, what broke and how old they are; or that
// there is nothing to see any more.

import { span, timeOfDay } from "../format.js";
import { setText } from "../slot.js";
import { lastTakenAt, noneTaken, waitingPosts } from "../trouble.js";
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
  if (view.link === "none-taken") return reason(noneTaken(view.document), view.zone);
  if (view.link === "quiet") return say("band.since", { time: minute(lastTakenAt(view.document), view.zone) });
  const waiting = view.link === "store-away" ? waitingPosts(view.document, view.zone) : "";
  if (waiting) return waiting;
  if (Number.isNaN(view.asOf)) return say("band.none");
  return say("band.age", { age: span(view.now - view.asOf) });
}

function reason({ since, cause }, zone) {
  return say("band.since-why", { time: minute(Date.parse(since), zone), why: say(`cause.${cause}`) });
}

function minute(instant, zone) {
  return timeOfDay(instant, zone, "hh:mm".length);
}

customElements.define("status-band", StatusBand);
