// The rows of one body, kept as a list of entries says: keyed by data-key, cloned from a <template>, repainted only
// where they say something else, and moved as little as it takes.
//   entry  { key, ... }: the same object as long as nothing changed about it
//   paint(row, cells, entry, view)  writes a row, whose cells stand by their names; returns the instant (ms) from which
//                                   time alone changes it

import { staying } from "./order.js";
import { setAttribute } from "./slot.js";

export class KeyedRows {
  constructor(body, template, paint) {
    this.body = body;
    this.template = template;
    this.paint = paint;
    this.rows = new Map();
    for (const element of body.querySelectorAll("[data-key]")) this.rows.set(element.dataset.key, hold(element));
  }

  // `entries` are shown in their order; those of `others` that have a row are only kept true while they wait to go.
  // On `held` nothing moves. Returns how many rows wait to.
  update(entries, others, view, held) {
    const keys = entries.map((entry) => entry.key);
    const before = Array.from(this.rows.keys());
    const stay = staying(before, keys);
    const leaving = this.leaving(keys);
    const waiting = leaving.length + keys.length - stay.size;

    if (!held && waiting > 0) this.settle(keys, stay, leaving);
    for (const entry of entries) this.repaint(entry, view);
    if (held && leaving.length > 0) this.keepTrue(leaving, others, view);
    return held ? waiting : 0;
  }

  leaving(keys) {
    const wanted = new Set(keys);
    return Array.from(this.rows.keys()).filter((key) => !wanted.has(key));
  }

  settle(keys, stay, leaving) {
    for (const key of leaving) this.rows.get(key).element.remove();
    const rows = new Map();
    for (const key of keys) rows.set(key, this.rows.get(key) || hold(this.clone(key)));
    this.rows = rows;

    let next = null;
    for (const key of keys.slice().reverse()) {
      const { element } = rows.get(key);
      if (!stay.has(key)) this.body.insertBefore(element, next);
      next = element;
    }
  }

  clone(key) {
    const element = document.importNode(this.template.content, true).firstElementChild;
    element.dataset.key = key;
    return element;
  }

  repaint(entry, view) {
    const row = this.rows.get(entry.key);
    if (row === undefined || isRight(row, entry, view)) return;
    setAttribute(row.element, "outdated", null);
    row.until = this.paint(row.element, row.cells, entry, view);
    row.entry = entry;
    row.query = view.query;
    row.at = view.asOf;
  }

  // What is no longer known of at all is struck out.
  keepTrue(leaving, others, view) {
    const known = new Map(others.map((entry) => [entry.key, entry]));
    for (const key of leaving) {
      if (known.has(key)) this.repaint(known.get(key), view);
      else setAttribute(this.rows.get(key).element, "outdated", "");
    }
  }
}

function hold(element) {
  const cells = {};
  for (const cell of element.querySelectorAll("[data-cell]")) cells[cell.dataset.cell] = cell;
  return { element, cells, entry: null, query: null, at: NaN, until: NaN };
}

function isRight(row, entry, view) {
  return row.entry === entry && row.query === view.query && view.asOf >= row.at && view.asOf < row.until;
}
