// <status-band>: in words, whether the numbers are live, and if not, what broke and how old they are; or that this browser
// may no longer see them.

import { span } from "../page/age.js";
import { setText } from "../page/dom.js";
import { say } from "../page/words.js";

const CERTAIN = ["live", "plain", "ended", "removed"];

export class StatusBand extends HTMLElement {
  paint(view) {
    const { words, provenance } = isSaidByServer(view) ? view.trouble : ownWords(view);
    setText(this.querySelector(".words"), words);
    setText(this.querySelector(".provenance"), provenance);
  }
}

function isSaidByServer({ link, trouble }) {
  return Boolean(trouble) && trouble.state === link;
}

function ownWords(view) {
  return { words: unstarted(view) || say(`band.${view.link}`), provenance: CERTAIN.includes(view.link) ? "" : provenance(view) };
}

// Before the first event a wall says what it waits for.
function unstarted({ link, document }) {
  return link === "live" && document !== undefined && document.texts !== undefined ? document.texts.state : undefined;
}

function provenance({ link, document, now, asOf }) {
  const waiting = link === "store-away" && document !== undefined ? document.waiting : "";
  return waiting || say("band.age", { age: span(now - asOf) });
}

customElements.define("status-band", StatusBand);
