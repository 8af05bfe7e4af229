// <fresh-lists page="/alerts">: lists of a page that is fetched again every few seconds. In each [data-list] what differs is
// replaced, keyed by data-row. What is being edited is left alone.
//   state  live      as the server showed it a moment ago
//          not-live  the server did not answer the last request

import { setAttribute, setText } from "../page/dom.js";
import { LatestRequest } from "../page/fetch-latest.js";
import { language, say } from "../page/words.js";

const PAUSE_MS = 5000;
const WORDS = { live: "liveness.live", "not-live": "liveness.not-live" };

export class FreshLists extends HTMLElement {
  connectedCallback() {
    this.requests = new LatestRequest();
    this.whenSeen = () => (document.hidden ? this.cancel() : this.refresh());
    document.addEventListener("visibilitychange", this.whenSeen);
    this.show("live");
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
    const page = this.getAttribute("page");
    const answer = await this.requests.fetch(`${page}?lang=${language()}`);
    if (answer !== null && answer.ok && answer.redirected) {
      window.location.replace(page); // the log-in is over
      return;
    }
    this.take(answer);
    this.wait();
  }

  cancel() {
    clearTimeout(this.timer);
    this.requests.cancel();
  }

  take(answer) {
    const fresh = answer !== null && answer.ok ? new DOMParser().parseFromString(answer.text, "text/html") : null;
    if (fresh !== null) this.adopt(fresh);
    this.show(fresh === null ? "not-live" : "live");
  }

  show(state) {
    setAttribute(this, "state", state);
    setText(this.querySelector(".liveness .words"), say(WORDS[state]));
  }

  adopt(fresh) {
    for (const list of this.querySelectorAll("[data-list]")) {
      const freshList = fresh.querySelector(`[data-list="${list.dataset.list}"]`);
      if (freshList !== null) merge(list, freshList);
      const section = list.closest("section");
      for (const place of section.querySelectorAll(".none, .scroll")) {
        setAttribute(place, "hidden", place.matches(".none") === (list.children.length === 0) ? null : "");
      }
    }
    if (document.title !== fresh.title) document.title = fresh.title;
    const [icon, freshIcon] = [document, fresh].map((page) => page.querySelector("link[rel=icon]"));
    setAttribute(icon, "href", freshIcon.getAttribute("href"));
  }
}

function merge(list, freshList) {
  const rows = rowsOf(list);
  const freshRows = rowsOf(freshList);
  for (const [id, row] of rows) {
    if (!freshRows.has(id) && !isBeingEdited(row)) row.remove();
  }
  let previous = null;
  for (const [id, freshRow] of freshRows) {
    let row = rows.get(id);
    if (row === undefined || (!row.isEqualNode(freshRow) && !isBeingEdited(row))) {
      const next = document.importNode(freshRow, true);
      if (row !== undefined) row.replaceWith(next);
      row = next;
    }
    if (row.parentNode !== list || row.previousElementSibling !== previous) {
      list.insertBefore(row, previous === null ? list.firstElementChild : previous.nextSibling);
    }
    previous = row;
  }
}

function rowsOf(list) {
  return new Map(Array.from(list.children).filter((row) => row.dataset.row !== undefined).map((row) => [row.dataset.row, row]));
}

// A field with the focus, something typed, or a menu that is open.
function isBeingEdited(row) {
  const isTyped = (field) => field.type !== "hidden" && field.value !== field.defaultValue;
  return row.contains(document.activeElement) || row.querySelector("details[open]") !== null || Array.from(row.querySelectorAll("input")).some(isTyped);
}

customElements.define("fresh-lists", FreshLists);
