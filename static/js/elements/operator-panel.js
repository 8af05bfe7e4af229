// <operator-panel>: the person whose name was pressed: what is known of them, their open conversations, and what customers
// wrote of them.

import { textAt } from "../page/age.js";
import { setAttribute, setFlag, setText } from "../page/dom.js";
import { Listening } from "../page/listening.js";
import { thingsOf } from "../table/filter-sort.js";
import { KeyedRows } from "../table/keyed-rows.js";
import { addressOf, withChanges } from "../table/query.js";
import { paintConversation } from "./conversation-list.js";

export class OperatorPanel extends Listening {
  connectedCallback() {
    const template = (name) => this.querySelector(`template.${name}`);
    this.conversations = new KeyedRows(this.querySelector("tbody"), template("conversation"), paintConversation);
    this.comments = new KeyedRows(this.querySelector("ol"), template("comment"));
    this.listen(this.closest("section"), "keydown", (event) => {
      if (event.key === "Escape") this.querySelector(".close").click();
    });
  }

  paint(view) {
    const { document: shown, query } = view;
    const row = shown.operators[query.operator];
    setFlag(this.closest("section"), "hidden", row === undefined);
    setAttribute(this.querySelector(".close"), "href", addressOf(withChanges(query, { operator: "" })));
    if (row === undefined) return;
    const texts = Object.assign({}, row.more, row.cells);
    for (const place of this.querySelectorAll("[data-of]")) setText(place, textAt(texts[place.dataset.of], view.asOf));
    setAttribute(this.querySelector(".deliveries"), "href", `/events?id=${row.id}`);
    const own = `${window.location.pathname}/people/${encodeURIComponent(query.operator)}/page`;
    setAttribute(this.querySelector(".own-page"), "href", own);
    this.fillForm(row, query);
    this.fillAbsence(row, query);

    this.conversations.update(thingsOf(query.operator, shown.conversations), shown.conversations, view, false);
    const comments = thingsOf(query.operator, shown.comments);
    this.comments.update(comments, shown.comments, view, false);
    setFlag(this.querySelector(".none"), "hidden", comments.length !== 0);
  }

  fillAbsence(row, query) {
    const form = this.querySelector(".absence");
    const isSaid = row.more.absence !== "";
    setFlag(form, "hidden", row.standing === "gone" || row.standing === "bot");
    setFlag(form.querySelector(".said"), "hidden", !isSaid);
    setFlag(form.querySelector(".say"), "hidden", isSaid);
    const { pathname } = window.location;
    setAttribute(form, "action", `${pathname}/people/${encodeURIComponent(query.operator)}`);
    setAttribute(form.elements.back, "value", pathname + addressOf(query));
  }

  // Of another person; what is being typed stays.
  fillForm(row, query) {
    const form = this.querySelector("form.person");
    const address = `/roster/${encodeURIComponent(query.operator)}`;
    setAttribute(form.elements.back, "value", window.location.pathname + addressOf(query));
    if (form.getAttribute("action") === address) return;
    form.setAttribute("action", address);
    form.elements.name.value = row.sort.name === undefined ? "" : row.cells.name;
    form.elements.team.value = row.team || "";
    form.closest("details").open = false;
  }
}

customElements.define("operator-panel", OperatorPanel);
