// The rows of one body, kept as a list of keys says: keyed by data-key, cloned from a <template>, repainted only where
// they say something else, and moved as little as it takes.
//   rows   what each says, by key: { cells: texts by their names, ... }, the same object as long as nothing changed of it
//   paint(element, cells, row, view, key)  writes what a row has beside its texts and its state; may be left out

import { nextMinute, textAt } from "../page/age.js";
import { setAttribute, setText } from "../page/dom.js";
import { staying } from "./minimal-moves.js";

export class KeyedRows {
  constructor(body, template, paint) {
    this.body = body;
    this.template = template;
    this.paint = paint;
    this.held = new Map();
    for (const element of body.querySelectorAll("[data-key]")) this.held.set(element.dataset.key, hold(element));
  }

  // `keys` are shown in their order; rows of others that are shown yet are only kept true while they wait to go. On
  // `isHeld` nothing moves. Returns the keys of rows that wait to.
  update(keys, rows, view, isHeld) {
    const stay = staying(Array.from(this.held.keys()), keys);
    const leaving = this.leaving(keys);
    const waiting = leaving.concat(keys.filter((key) => !stay.has(key)));

    if (!isHeld && waiting.length > 0) this.settle(keys, stay, leaving);
    for (const key of keys) this.repaint(key, rows[key], view);
    if (isHeld) this.keepTrue(leaving, rows, view);
    return isHeld ? waiting : [];
  }

  leaving(keys) {
    const wanted = new Set(keys);
    return Array.from(this.held.keys()).filter((key) => !wanted.has(key));
  }

  settle(keys, stay, leaving) {
    for (const key of leaving) this.held.get(key).element.remove();
    const held = new Map();
    for (const key of keys) held.set(key, this.held.get(key) || hold(this.clone(key)));
    this.held = held;

    let next = null;
    for (const key of keys.slice().reverse()) {
      const { element } = held.get(key);
      if (!stay.has(key)) this.body.insertBefore(element, next);
      next = element;
    }
  }

  clone(key) {
    const element = document.importNode(this.template.content, true).firstElementChild;
    element.dataset.key = key;
    return element;
  }

  repaint(key, row, view) {
    const held = this.held.get(key);
    if (held === undefined || isRight(held, row, view)) return;
    setAttribute(held.element, "outdated", null);
    setAttribute(held.element, "data-state", row.state || null);
    for (const [name, cell] of Object.entries(held.cells)) setText(cell, textAt(row.cells[name], view.asOf));
    if (this.paint !== undefined) this.paint(held.element, held.cells, row, view, key);
    Object.assign(held, { row, query: view.query, at: view.asOf, until: nextMinute(Object.values(row.cells), view.asOf) });
  }

  // What is no longer known of at all is struck out.
  keepTrue(leaving, rows, view) {
    for (const key of leaving) {
      if (rows[key] !== undefined) this.repaint(key, rows[key], view);
      else setAttribute(this.held.get(key).element, "outdated", "");
    }
  }
}

function hold(element) {
  const cells = {};
  for (const cell of element.querySelectorAll("[data-cell]")) cells[cell.dataset.cell] = cell;
  return { element, cells, row: null, query: null, at: NaN, until: NaN };
}

function isRight(held, row, view) {
  return held.row === row && held.query === view.query && view.asOf >= held.at && view.asOf < held.until;
}
