// <floor-filters>: the form that says which operators are asked for. It tells the board around it by an event "ask"
// with { changes, isTyped }, and shows what the board asks for, wherever that came from.

import { setAttribute } from "../page/dom.js";
import { addressOf, isFiltering, withChanges } from "../table/query.js";

const FIELDS = ["q", "presence", "team", "channel"];
const NOTHING = { q: "", presence: "", team: "", channel: "" };

export class FloorFilters extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.whenChanged = (event) => this.tell(event, event.target);
    this.whenSent = (event) => this.tell(event, this.field("q"));
    this.form.addEventListener("input", this.whenChanged);
    this.form.addEventListener("submit", this.whenSent);
  }

  disconnectedCallback() {
    this.form.removeEventListener("input", this.whenChanged);
    this.form.removeEventListener("submit", this.whenSent);
  }

  tell(event, field) {
    if (!FIELDS.includes(field.name)) return;
    const detail = { changes: { [field.name]: field.value.trim() }, isTyped: field.name === "q" };
    const isTaken = !this.dispatchEvent(new CustomEvent("ask", { detail, bubbles: true, cancelable: true }));
    if (isTaken && event.type === "submit") event.preventDefault();
  }

  paint(view) {
    const { document, query } = view;
    offer(this.field("team"), document.teams, query.team, (team) => team);
    offer(this.field("channel"), Object.keys(document.channels), query.channel, (channel) => document.channels[channel] || channel);
    for (const name of FIELDS.concat("sort", "operator")) fill(this.field(name), query[name]);

    const reset = this.querySelector(".reset");
    setAttribute(reset, "href", addressOf(withChanges(query, NOTHING)));
    setAttribute(reset, "hidden", isFiltering(query) ? null : "");
    setAttribute(this.querySelector(".attention"), "aria-pressed", query.sort ? "false" : "true");
  }

  field(name) {
    return this.querySelector(`input[name="${name}"], select[name="${name}"]`);
  }
}

// What can be chosen grows by what was found, at the end, and shrinks only when the page is reloaded.
function offer(select, found, chosen, label) {
  const offered = new Set(Array.from(select.options, (option) => option.value));
  const more = new Set(found.concat(chosen).filter((value) => value && !offered.has(value)));
  for (const value of Array.from(more).sort()) select.add(new Option(label(value), value));
}

// The user may be typing: spaces at the ends are no difference.
function fill(field, value) {
  if (field.value.trim() !== value) field.value = value;
}

customElements.define("floor-filters", FloorFilters);
