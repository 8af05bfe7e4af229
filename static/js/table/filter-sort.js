// Which rows are asked for, in which order: by values that the server made of each, as app/view/query.py does.

import { columnOf } from "./query.js";

const ATTENTION = "attention";
const MARKS = /[\u0300-\u036f\u00ad\u061c\u200b-\u200f\u2060\ufeff]/g; // accents, and what has no width
const LETTERS = JSON.parse(document.getElementById("letters").textContent); // that Unicode does not take apart

// The keys of the operators that are asked for, in the order that is asked for.
export function shownOperators(rows, query) {
  const sought = folded(query.q);
  const column = columnOf(query.sort) || ATTENTION;
  const direction = query.sort.startsWith("-") ? -1 : 1;
  return Object.keys(rows)
    .filter((key) => isAskedFor(rows[key], query, sought))
    .sort((one, other) => compareRows(rows[one], rows[other], column, direction));
}

// The keys of the conversations or comments that are asked for. `operators`: the set of the keys that are shown.
export function shownThings(rows, query, operators) {
  return inOrder(rows, (row) => isThingAskedFor(row, query, operators));
}

// The same of an operator.
export function thingsOf(operator, rows) {
  return inOrder(rows, (row) => row.operator === operator);
}

// The keys of the rows of which something holds.
export function inOrder(rows, holds) {
  return Object.keys(rows)
    .filter((key) => holds(rows[key], key))
    .sort((one, other) => compare(rows[one].order, rows[other].order));
}

function isThingAskedFor(row, query, operators) {
  return (
    (!query.team || query.team === row.team) &&
    (!query.project || query.project === row.project) &&
    (!query.channel || query.channel === row.channel) &&
    (!(query.q || query.presence) || operators.has(row.operator))
  );
}

function isAskedFor(row, query, sought) {
  return (
    (!query.presence || query.presence === row.standing) &&
    (!query.team || query.team === row.team) &&
    (!query.project || (row.projects || []).includes(query.project)) &&
    (!query.channel || (row.channels || []).includes(query.channel)) &&
    (row.found.includes(sought) || row.id.startsWith(sought))
  );
}

// A row without a value comes last, whichever way.
function compareRows(one, other, column, direction) {
  const [first, second] = [one.sort[column], other.sort[column]];
  if (first === undefined || second === undefined) {
    return Number(first === undefined) - Number(second === undefined) || compare(one.order, other.order);
  }
  return direction * compare(first, second) || compare(one.order, other.order);
}

function compare(one, other) {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

// A search text folded like the names of rows: without accents, capitals, or letters of one language alone.
export function folded(text) {
  const plain = text.toLowerCase().normalize("NFKD").replace(MARKS, "");
  return Array.from(plain, (letter) => LETTERS[letter] || letter).join("");
}
