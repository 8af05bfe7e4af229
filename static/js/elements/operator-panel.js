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
    this.paintWays(row, query);
    this.paintAbsence(row);
    this.fillForm(row, `/roster/${encodeURIComponent(query.operator)}`);

    this.conversations.update(thingsOf(query.operator, shown.conversations), shown.conversations, view, false);
    const comments = thingsOf(query.operator, shown.comments);
    this.comments.update(comments, shown.comments, view, false);
    setFlag(this.querySelector(".none"), "hidden", comments.length !== 0);
  }

  paintWays(row, query) {
    const { pathname } = window.location;
    const person = `${pathname}/people/${encodeURIComponent(query.operator)}`;
    setAttribute(this.querySelector(".deliveries"), "href", `/events?id=${row.id}`);
    setAttribute(this.querySelector(".own-page"), "href", `${person}/page`);
    setAttribute(this.querySelector(".absence"), "action", person);
    for (const back of this.querySelectorAll("[name=back]")) setAttribute(back, "value", pathname + addressOf(query));
  }

  paintAbsence(row) {
    const form = this.querySelector(".absence");
    setFlag(form, "hidden", row.standing === "gone" || row.standing === "bot");
    setFlag(form.querySelector(".said"), "hidden", row.more.absence === "");
    setFlag(form.querySelector(".say"), "hidden", row.more.absence !== "");
  }

  // Of another person; what is being typed stays.
  fillForm(row, address) {
    const form = this.querySelector("form.person");
    if (form.getAttribute("action") === address) return;
    form.setAttribute("action", address);
    form.elements.name.value = row.sort.name === undefined ? "" : row.cells.name;
    form.elements.team.value = row.team || "";
    form.closest("details").open = false;
  }
}

customElements.define("operator-panel", OperatorPanel);
