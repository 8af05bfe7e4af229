// Why an operator needs a supervisor, and from which instant on: the reasons of a row stand in the order of their risk,
// each with the instant (ms) at which it becomes one, as app/view/needs.py says.

import { textAt } from "../page/age.js";

const NEEDS = "needs";
const NO_RISK = 9;

// The worst of the reasons that have come, or undefined.
export function needOf(row, now) {
  return needs(row).find((need) => isDue(need, now));
}

export function groupOf(row, now) {
  return needOf(row, now) === undefined ? row.group : NEEDS;
}

export function riskOf(row, now) {
  const need = needOf(row, now);
  return need === undefined ? NO_RISK : need.risk;
}

// Whether the oldest conversation is past its limit.
export function isLate(row, now) {
  return needs(row).some((need) => need.late && isDue(need, now));
}

export function whyAt(row, now) {
  const need = needOf(row, now);
  return need === undefined ? "" : textAt(need.why, now);
}

// The first instant after `now` at which a reason comes.
export function nextNeed(row, now) {
  return needs(row).reduce((next, { from }) => (from > now ? Math.min(next, from) : next), Infinity);
}

export function reasons(row) {
  return needs(row).map((need) => need.why);
}

function needs(row) {
  return row.needs || [];
}

function isDue(need, now) {
  return need.from === undefined || need.from <= now;
}
