// A list of rows, in a <tbody data-group> for each group, that does not move while it is in use: while the pointer, the
// focus or a selection is in it, no row moves, comes or goes. It says how many wait to, with a button to let them. Another
// query is shown at once. Subclasses define:
//   listed(view)   what is listed: the keys in their order, the rows by key, and groupOf(row)
//   painted(view)  paints what stands beside the rows

import { setFlag, setText } from "../page/dom.js";
import { Listening } from "../page/listening.js";
import { count, sayCount } from "../page/words.js";
import { KeyedRows } from "./keyed-rows.js";

export class FrozenRows extends Listening {
  // `paintRow`: as KeyedRows has it.
  constructor(paintRow) {
    super();
    this.paintRow = paintRow;
  }

  connectedCallback() {
    const template = this.querySelector("template");
    this.bodies = Array.from(this.querySelectorAll("tbody"));
    this.groups = this.bodies.map((body) => new KeyedRows(body, template, this.paintRow));
    this.view = null;
    this.query = null;
    this.shift = 0;
    const settle = () => this.settle();
    this.listen(this.querySelector(".move"), "click", () => this.letMove());
    for (const body of this.bodies) this.listen(body, "mouseleave focusout", settle);
    this.listen(document, "selectionchange", settle);
  }

  paint(view) {
    const isAnother = this.query !== null && this.query !== view.query;
    this.view = view;
    this.query = view.query;
    const used = isAnother ? null : this.used();
    if (used === null) this.showWaiting(this.update(view, false));
    else this.keepInPlace(used, () => this.showWaiting(this.update(view, true)));
  }

  // The rows are brought in, unless they are held. Returns the keys of those that wait.
  update(view, isHeld) {
    const { keys, rows, groupOf } = this.listed(view);
    let waiting = [];
    for (const group of this.groups) {
      const own = keys.filter((key) => groupOf(rows[key]) === group.body.dataset.group);
      const number = group.body.querySelector(".group .number");
      if (number !== null) setText(number, count(own.length));
      waiting = waiting.concat(group.update(own, rows, view, isHeld));
    }
    this.painted(view);
    return waiting;
  }

  painted() {}

  // The row that is in use, or the body if the row is not known; null: none is in use.
  used() {
    const body = this.bodies.find(isUsed);
    if (body === undefined) return null;
    const focused = body.contains(document.activeElement) ? document.activeElement.closest("tr") : null;
    return body.querySelector("tr:hover") || focused || body;
  }

  // A row above may have become higher. A page scrolls by whole pixels: what is left of one is not lost.
  keepInPlace(element, change) {
    const { top } = element.getBoundingClientRect();
    change();
    this.shift += element.getBoundingClientRect().top - top;
    const pixels = Math.round(this.shift);
    if (pixels === 0) return;
    window.scrollBy(0, pixels);
    this.shift -= pixels;
  }

  // Once the event is over: a focus that leaves may be about to come back.
  settle() {
    if (this.waiting === 0 || this.settling) return;
    this.settling = requestAnimationFrame(() => {
      this.settling = 0;
      if (this.used() === null) this.letMove();
    });
  }

  letMove() {
    if (this.view === null) return;
    const hadFocus = this.querySelector(".waiting").contains(document.activeElement);
    this.showWaiting(this.update(this.view, false));
    if (hadFocus) this.closest("section").focus();
  }

  // A row that goes from one body to another waits once.
  showWaiting(keys) {
    const waiting = new Set(keys).size;
    this.waiting = waiting;
    const line = this.querySelector(".waiting");
    setFlag(line, "hidden", waiting === 0);
    if (waiting > 0) setText(line.querySelector(".words"), sayCount("floor.waiting", waiting));
  }
}

function isUsed(body) {
  return body.matches(":hover") || body.contains(document.activeElement) || isSelectedIn(body);
}

function isSelectedIn(body) {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.getRangeAt(0).intersectsNode(body);
}
