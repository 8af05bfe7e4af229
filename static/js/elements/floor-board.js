// <floor-board board="all" at="2026-11-22T09:00:00.000Z">: a board for a supervisor, who filters and sorts
// it. The query stands in the address, so that it can be kept, sent and gone back to. live/board.js has the rest.
// `names`: how much of people's names is shown. With sums alone nothing is filtered: it would be of fewer people.

import { LiveBoard } from "../live/board.js";
import { setAttribute, setFlag, setText } from "../page/dom.js";
import { count, say, sayCount } from "../page/words.js";
import { narrowed } from "../table/counted.js";
import { shownOperators, shownThings } from "../table/filter-sort.js";
import { addressOf, isFiltering, queryOf, withChanges } from "../table/query.js";

const NO_FILTER = { q: "", presence: "", team: "", project: "", channel: "" };

export class FloorBoard extends LiveBoard {
  constructor() {
    super();
    this.viewName = "floor";
    this.parts =
      "live-value, live-text, as-of, status-band, floor-filters, operator-table, team-strip, team-table, operator-panel, " +
      "conversation-list, comment-list, live-summary, alarm-care, alarm-notice";
    this.exit = "/login";
  }

  connectedCallback() {
    this.query = this.allowed(queryOf(window.location.search));
    this.listen(this, "click", (event) => this.click(event));
    this.listen(this.querySelector("#filters"), "input submit", (event) => this.choose(event));
    this.listen(window, "popstate", () => this.show(queryOf(window.location.search)));
    super.connectedCallback();
  }

  click(event) {
    const sort = event.target.closest('button[name="sort"]');
    const link = event.target.closest("a[data-query][href]");
    if (sort !== null) this.ask(event, { sort: sort.value }, false);
    else if (link !== null && isPlain(event)) this.visit(event, link);
  }

  // Where a link leads is here already.
  visit(event, link) {
    const { operator } = this.query;
    if (!this.takeOver(event)) return;
    this.go(queryOf(link.search), "", false);
    if (this.query.operator) this.querySelector("#person").focus();
    else if (link.matches(".close")) this.focusRow(operator);
  }

  // Where the panel of an operator was opened.
  focusRow(operator) {
    const link = this.querySelector(`operator-table [data-key="${CSS.escape(operator)}"] a`);
    if (link !== null) link.focus();
  }

  // By the form, all fields of which say what is asked for.
  choose(event) {
    const changes = {};
    for (const [name, value] of new FormData(event.currentTarget)) changes[name] = value.trim();
    this.ask(event, changes, event.type === "submit" || event.target.name === "q");
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

  allowed(query) {
    return this.getAttribute("names") === "sums" ? withChanges(query, Object.assign({ operator: "" }, NO_FILTER)) : query;
  }

  show(query) {
    this.query = this.allowed(query);
    this.painter.paintNow();
  }

  // Adds which operators and conversations are asked for, and their counts.
  viewOf() {
    const view = super.viewOf();
    const { query, document: whole } = this;
    if (whole === undefined) return Object.assign(view, { query });
    const shown = shownOperators(whole.operators, query);
    const things = shownThings(whole.conversations, query, new Set(shown));
    const document = isFiltering(query) ? narrowed(whole, shown, things, query) : whole;
    return Object.assign(view, { query, shown, things, document });
  }

  paintAll(view) {
    super.paintAll(view);
    const { document: board, query, shown } = view;
    setText(document.querySelector("title"), board.alarms + this.getAttribute("name"));
    setAttribute(this.querySelector(".strip .part"), "width", String(board.taking_share));
    this.paintTally(shown.length, Object.keys(board.operators).length, query);
  }

  paintTally(shown, total, query) {
    const line = this.filtersSaid(query).concat(sayCount("floor.shown", shown, { total: count(total) })).join(" · ");
    setText(this.querySelector(".shown"), isFiltering(query) ? line : sayCount("floor.people", total));
    const reset = this.querySelector(".reset");
    setAttribute(reset, "href", addressOf(withChanges(query, NO_FILTER)));
    setFlag(reset, "hidden", !isFiltering(query));
    const attention = this.querySelector(".attention");
    setAttribute(attention, "href", addressOf(withChanges(query, { sort: "" })));
    setFlag(attention, "hidden", !query.sort);
    const { pathname } = window.location;
    setAttribute(this.querySelector(".csv"), "href", `${pathname}.csv${addressOf(withChanges(query, { operator: "" }))}`);
  }

  // As the form says them.
  filtersSaid({ team, project, channel, presence, q }) {
    const chosen = (name) => this.querySelector(`select[name=${name}] option:checked`).text;
    const said = [
      team,
      project && say("floor.of-project", { project }),
      channel && chosen("channel"),
      presence && chosen("presence"),
      q && say("floor.of-search", { text: q }),
    ];
    return said.filter(Boolean);
  }
}

function isPlain(event) {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

customElements.define("floor-board", FloorBoard);
