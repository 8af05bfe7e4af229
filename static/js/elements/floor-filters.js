// <floor-filters>: the form that says which operators are asked for. It tells the board around it by an event "ask"
// with { changes, isTyped }, and shows what the board asks for, wherever that came from.

import { Listening } from "../page/listening.js";

const FIELDS = ["q", "presence", "team", "project", "channel"];

export class FloorFilters extends Listening {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.listen(this.form, "input", (event) => this.tell(event, event.target));
    this.listen(this.form, "submit", (event) => this.tell(event, this.field("q")));
  }

  tell(event, field) {
    if (!FIELDS.includes(field.name)) return;
    const detail = { changes: { [field.name]: field.value.trim() }, isTyped: field.name === "q" };
    const isTaken = !this.dispatchEvent(new CustomEvent("ask", { detail, bubbles: true, cancelable: true }));
    if (isTaken && event.type === "submit") event.preventDefault();
  }

  paint(view) {
    const { document, query } = view;
    const { teams, projects, channels } = document.choices;
    offer(this.field("team"), teams, query.team, (team) => team);
    offer(this.field("project"), projects, query.project, (project) => project);
    offer(this.field("channel"), Object.keys(channels), query.channel, (channel) => channels[channel] || channel);
    for (const name of FIELDS.concat("sort")) fill(this.field(name), query[name]);
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
