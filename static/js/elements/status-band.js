// <status-band>: in words, whether the numbers are live, and if not, what broke and how old they are; or that this browser
// may no longer see them.

import { span } from "../page/age.js";
import { setText } from "../page/dom.js";
import { say } from "../page/words.js";

const CERTAIN = ["live", "plain", "ended", "removed"];

export class StatusBand extends HTMLElement {
  paint(view) {
    const { link, trouble } = view;
    const { words, provenance } = trouble && trouble.state === link ? trouble : ownWords(view);
    setText(this.querySelector(".words"), words);
    setText(this.querySelector(".provenance"), provenance);
  }
}

// Before the first event a wall says what it waits for, and without a store the server how much waits to be stored.
function ownWords({ link, document, now, asOf }) {
  const unstarted = link === "live" && document !== undefined && document.texts.state;
  const waiting = link === "store-away" && document !== undefined && document.waiting;
  const age = CERTAIN.includes(link) ? "" : say("band.age", { age: span(now - asOf) });
  return { words: unstarted || say(`band.${link}`), provenance: waiting || age };
}

customElements.define("status-band", StatusBand);
