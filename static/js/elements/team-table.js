// <team-table>: a row for each team of the people shown; <team-strip>: the teams with the most to do, above the table. A
// press on a team asks for it alone.

import { setAttribute, setFlag } from "../page/dom.js";
import { inOrder } from "../table/filter-sort.js";
import { KeyedRows } from "../table/keyed-rows.js";
import { addressOf, isFiltering, withChanges } from "../table/query.js";

export class TeamTable extends HTMLElement {
  connectedCallback() {
    this.rows = new KeyedRows(this.querySelector("tbody"), this.querySelector("template"), paintTeam);
  }

  paint(view) {
    const { teams, operators } = view.document;
    const shown = new Set(view.shown.map((key) => operators[key].team || "").concat(view.query.team || []));
    this.rows.update(inOrder(teams, (row, team) => !isFiltering(view.query) || shown.has(team)), teams, view, false);
  }
}

export class TeamStrip extends HTMLElement {
  connectedCallback() {
    this.rows = new KeyedRows(this, this.querySelector("template"), paintStrip);
  }

  paint(view) {
    this.rows.update(view.document.strip, view.document.teams, view, false);
  }
}

// Where sums alone are shown, no team can be asked for alone.
function paintTeam(element, cells, row, view, key) {
  const isShared = element.closest("floor-board[names=sums]") !== null;
  setAttribute(cells.name, "href", isShared ? null : addressOf(withChanges(view.query, { team: key })));
}

function paintStrip(element, cells, row, view, key) {
  setAttribute(element, "href", addressOf(withChanges(view.query, { team: key })));
  setAttribute(element, "aria-current", view.query.team === key ? "true" : null);
  setFlag(element.querySelector(".needing"), "hidden", row.cells.needing === "");
}

customElements.define("team-table", TeamTable);
customElements.define("team-strip", TeamStrip);
