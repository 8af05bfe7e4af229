// <fresh-lists page="/alerts">: lists of a page that is fetched again every few seconds. In each [data-list] what differs is
// replaced, keyed by data-row. A row that is being edited is left alone.
//   state  live      as the server showed it a moment ago
//          not-live  the server did not answer the last request
//          another   what the server says of the lists, in its words

import { setAttribute, setText } from "../page/dom.js";
import { LatestRequest, retryDelay } from "../page/fetch-latest.js";
import { language, say } from "../page/words.js";

const PAUSE_MOST_MS = 15000;
const WORDS = { live: "liveness.live", "not-live": "liveness.not-live" };
const HOLDER = ".none + *"; // of a list; before it stands what is said when the list is empty

export class FreshLists extends HTMLElement {
  connectedCallback() {
    this.requests = new LatestRequest();
    this.failures = 0;
    this.whenSeen = () => (document.hidden ? this.cancel() : this.refresh());
    document.addEventListener("visibilitychange", this.whenSeen);
    if (!this.hasAttribute("state")) this.show("live");
    this.wait(this.pauseMs);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.whenSeen);
    this.cancel();
  }

  get pauseMs() {
    return 5000;
  }

  // Whether there is anything to refresh.
  isWanted() {
    return true;
  }

  wait(ms) {
    if (!document.hidden) this.timer = setTimeout(() => this.refresh(), ms);
  }

  async refresh() {
    this.cancel();
    if (!this.isWanted()) {
      this.wait(this.pauseMs);
      return;
    }
    const page = this.getAttribute("page");
    const answer = await this.requests.fetch(`${page}?lang=${language()}`);
    // The log-in is over. A reload would ask, after a post, whether to post again.
    if (answer !== null && answer.ok && answer.redirected) window.location.replace(page);
    else this.take(answer);
  }

  cancel() {
    clearTimeout(this.timer);
    this.requests.cancel();
  }

  take(answer) {
    const page = answer !== null && answer.ok ? new DOMParser().parseFromString(answer.text, "text/html") : null;
    const fresh = page && page.querySelector(this.localName);
    if (fresh === null) {
      this.show("not-live");
      this.wait(retryDelay(this.failures, this.pauseMs, PAUSE_MOST_MS));
      this.failures += 1;
      return;
    }
    this.failures = 0;
    this.adopt(fresh, page);
    this.wait(this.pauseMs);
  }

  show(state, words = say(WORDS[state])) {
    setAttribute(this, "state", state);
    setText(this.querySelector(".liveness .words"), words);
  }

  adopt(fresh, page) {
    for (const list of this.querySelectorAll("[data-list]")) {
      const freshList = fresh.querySelector(`[data-list="${list.dataset.list}"]`);
      if (freshList !== null) adoptList(list, freshList);
    }
    if (document.title !== page.title) document.title = page.title;
    const [icon, freshIcon] = [document, page].map((root) => root.querySelector("link[rel=icon]"));
    setAttribute(icon, "href", freshIcon.getAttribute("href"));
    if (fresh.hasAttribute("state")) this.show(fresh.getAttribute("state"), fresh.querySelector(".liveness .words").textContent);
    else this.show("live");
  }
}

function adoptList(list, freshList) {
  merge(list, freshList);
  const [holder, freshHolder] = [list, freshList].map((one) => one.closest(HOLDER));
  if (holder === null) return;
  const [none, freshNone] = [holder, freshHolder].map((one) => one.previousElementSibling);
  setAttribute(holder, "hidden", freshHolder.getAttribute("hidden"));
  setAttribute(none, "hidden", freshNone.getAttribute("hidden"));
  setText(none, freshNone.textContent);
}

function merge(list, freshList) {
  const rows = rowsOf(list);
  const freshRows = rowsOf(freshList);
  for (const [id, row] of rows) {
    if (!freshRows.has(id) && !isBeingEdited(row)) row.remove();
  }
  let previous = null;
  for (const [id, freshRow] of freshRows) {
    const row = rows.get(id) || document.importNode(freshRow, true);
    if (!isBeingEdited(row)) {
      update(row, freshRow);
      if (row.parentNode !== list || row.previousElementSibling !== previous) {
        list.insertBefore(row, previous === null ? list.firstElementChild : previous.nextSibling);
      }
    }
    previous = row;
  }
}

function rowsOf(list) {
  return new Map(Array.from(list.querySelectorAll("[data-row]")).filter((row) => row.parentNode === list).map((row) => [row.dataset.row, row]));
}

// A field with the focus, something typed, or a menu that is open. The row itself may have the focus.
function isBeingEdited(row) {
  const focused = document.activeElement;
  const isTyped = (field) => field.type !== "hidden" && field.value !== field.defaultValue;
  return (row !== focused && row.contains(focused)) || row.querySelector("details[open]") !== null || Array.from(row.querySelectorAll("input")).some(isTyped);
}

// The row stays, so that it keeps the focus: its cells are replaced.
function update(row, freshRow) {
  if (row.isEqualNode(freshRow)) return;
  for (const { name, value } of Array.from(freshRow.attributes)) setAttribute(row, name, value);
  Array.from(row.children).slice(freshRow.children.length).forEach((cell) => cell.remove());
  Array.from(freshRow.children).forEach((freshCell, index) => {
    const cell = row.children[index];
    if (cell === undefined) row.append(document.importNode(freshCell, true));
    else if (!cell.isEqualNode(freshCell)) cell.replaceWith(document.importNode(freshCell, true));
  });
}

customElements.define("fresh-lists", FreshLists);
