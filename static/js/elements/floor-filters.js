// <floor-filters>: the form that says which operators are asked for, showing what the board asks for, wherever that came from.

const FIELDS = ["q", "presence", "team", "project", "channel", "sort"];

export class FloorFilters extends HTMLElement {
  paint(view) {
    const { document, query } = view;
    const { teams, projects, channels } = document.choices;
    offer(this.field("team"), teams, query.team, (team) => team);
    offer(this.field("project"), projects, query.project, (project) => project);
    offer(this.field("channel"), Object.keys(channels), query.channel, (channel) => channels[channel] || channel);
    for (const name of FIELDS) fill(this.field(name), query[name]);
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
