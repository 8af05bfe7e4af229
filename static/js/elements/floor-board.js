// <floor-board board="all" at="2026-11-22T09:00:00.000Z" offsets="60">: a board for a supervisor, who filters and sorts
// it. The query stands in the address, so that it can be kept, sent and gone back to. live/board.js has the rest.

import { LiveBoard } from "../live/board.js";
import { setAttribute } from "../page/dom.js";
import { addressOf, queryOf, withChanges } from "../table/query.js";
import { keepingSelection } from "../table/selection.js";

const LOGIN = "/login";

export class FloorBoard extends LiveBoard {
  get viewName() {
    return "floor";
  }

  get parts() {
    return (
      "live-value, as-of, board-notes, status-band, floor-filters, operator-table, conversation-list, comment-list, " +
      "live-summary"
    );
  }

  get exit() {
    return LOGIN;
  }

  get exitOfRemoved() {
    return null;
  }

  connectedCallback() {
    this.query = queryOf(window.location.search);
    this.whenClicked = (event) => this.click(event);
    this.whenAsked = (event) => this.ask(event, event.detail.changes, event.detail.isTyped);
    this.whenBack = () => this.show(queryOf(window.location.search));
    this.addEventListener("click", this.whenClicked);
    this.addEventListener("ask", this.whenAsked);
    window.addEventListener("popstate", this.whenBack);
    super.connectedCallback();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.removeEventListener("click", this.whenClicked);
    this.removeEventListener("ask", this.whenAsked);
    window.removeEventListener("popstate", this.whenBack);
  }

  click(event) {
    const sort = event.target.closest('button[name="sort"]');
    const link = event.target.closest("a[data-query][href]");
    if (sort !== null) this.ask(event, { sort: sort.value }, false);
    else if (link !== null && isPlain(event)) this.visit(event, link);
  }

  // Where a link leads is here already.
  visit(event, link) {
    const { search, hash } = link;
    if (!this.takeOver(event)) return;
    this.go(queryOf(search), hash, false);
    const aim = hash && this.querySelector(hash);
    if (aim) aim.focus();
  }

  ask(event, changes, isTyped) {
    if (this.takeOver(event)) this.go(withChanges(this.query, changes), window.location.hash, isTyped);
  }

  // Whether the page has numbers to answer with; else the browser does as it would without scripts.
  takeOver(event) {
    if (this.document !== undefined) event.preventDefault();
    return this.document !== undefined;
  }

  // Letter by letter is one step back.
  go(query, hash, isTyped) {
    const address = window.location.pathname + addressOf(query) + hash;
    if (isTyped) window.history.replaceState(null, "", address);
    else if (addressOf(query) !== addressOf(this.query)) window.history.pushState(null, "", address);
    this.show(query);
  }

  show(query) {
    this.query = query;
    this.painter.paintNow();
  }

  viewOf(view) {
    return Object.assign(view, { query: this.query });
  }

  paint() {
    keepingSelection(() => super.paint());
  }

  painted({ document, query }) {
    setAttribute(this.querySelector(".deprecated"), "hidden", document.deprecated ? null : "");
    for (const link of this.querySelectorAll(".counts a[data-query]")) {
      const presence = link.closest("[data-standing]").dataset.standing;
      setAttribute(link, "href", addressOf(withChanges(query, { presence })));
      setAttribute(link, "aria-current", query.presence === presence ? "true" : null);
    }
  }
}

function isPlain(event) {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

customElements.define("floor-board", FloorBoard);
