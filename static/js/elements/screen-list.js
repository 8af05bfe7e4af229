// <screen-list>: the table of screens, kept up to date: the page is fetched again every few seconds, and rows that
// differ are replaced, keyed by data-screen. A row that is being edited is left alone.
//   state  live        as the server showed it a moment ago
//          store-away  as it showed it, without what its store knows; in its words
//          not-live    the server did not answer the last request

import { setAttribute, setText } from "../page/dom.js";
import { LatestRequest } from "../page/fetch-latest.js";
import { language, say } from "../page/words.js";

const PAGE = "/screens";
const PAUSE_MS = 5000;
const WORDS = { live: "liveness.live", "not-live": "liveness.not-live" };

export class ScreenList extends HTMLElement {
  connectedCallback() {
    this.requests = new LatestRequest();
    this.whenSeen = () => (document.hidden ? this.cancel() : this.refresh());
    document.addEventListener("visibilitychange", this.whenSeen);
    if (this.getAttribute("state") === null) this.show("live");
    this.wait();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.whenSeen);
    this.cancel();
  }

  wait() {
    if (!document.hidden) this.timer = setTimeout(() => this.refresh(), PAUSE_MS);
  }

  async refresh() {
    this.cancel();
    const page = await this.requests.fetch(`${PAGE}?lang=${language()}`);
    if (page !== null && page.ok && page.redirected) {
      window.location.replace(PAGE); // the log-in is over; a reload would ask, after a post, whether to post again
      return;
    }
    this.take(page);
    this.wait();
  }

  cancel() {
    clearTimeout(this.timer);
    this.requests.cancel();
  }

  take(page) {
    const fresh = page !== null && page.ok ? parse(page.text) : null;
    if (fresh === null) this.show("not-live");
    else {
      this.merge(fresh);
      const state = fresh.getAttribute("state");
      if (state === null) this.show("live");
      else this.show(state, fresh.querySelector(".words").textContent);
    }
  }

  show(state, words = say(WORDS[state])) {
    setAttribute(this, "state", state);
    setText(this.querySelector(".words"), words);
  }

  merge(fresh) {
    const body = this.querySelector("tbody");
    const rows = rowsOf(this);
    const freshRows = rowsOf(fresh);
    for (const [id, row] of rows) {
      if (!freshRows.has(id) && !isBeingEdited(row)) row.remove();
    }
    let previous = null;
    for (const [id, freshRow] of freshRows) {
      const row = rows.get(id) || document.importNode(freshRow, true);
      if (!isBeingEdited(row)) {
        update(row, freshRow);
        if (row.parentNode !== body || row.previousElementSibling !== previous) put(row, previous, body);
      }
      previous = row;
    }
    setAttribute(this.querySelector("table"), "hidden", body.children.length === 0 ? "" : null);
    setAttribute(this.querySelector(".none"), "hidden", body.children.length === 0 ? null : "");
  }
}

function parse(text) {
  return new DOMParser().parseFromString(text, "text/html").querySelector("screen-list");
}

function rowsOf(list) {
  return new Map(Array.from(list.querySelectorAll("[data-screen]"), (row) => [row.dataset.screen, row]));
}

function isBeingEdited(row) {
  const focused = document.activeElement; // the row itself has it once it was paired
  return (row !== focused && row.contains(focused)) || row.querySelector("details[open]") !== null;
}

function update(row, freshRow) {
  Array.from(freshRow.children).forEach((freshCell, index) => {
    const cell = row.children[index];
    if (cell === undefined) row.append(document.importNode(freshCell, true));
    else if (!cell.isEqualNode(freshCell)) cell.replaceWith(document.importNode(freshCell, true));
  });
}

function put(row, previous, body) {
  if (previous === null) body.prepend(row);
  else previous.after(row);
}

customElements.define("screen-list", ScreenList);
