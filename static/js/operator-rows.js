// The table of operators: what each row says, which are asked for, and in which order. The same rules as
// app/pages/operator_rows.py.
//   row  { key, label, operator as in the document, standing, open: how many, oldest: when their oldest open onsite
//        conversation began, or undefined }
// As long as nothing changes about an operator, their row is the same object.

import { lookUp } from "./document.js";
import { columnOf, STANDINGS } from "./floor-query.js";
import { DASH, display, isFew } from "./format.js";
import { has, say } from "./words.js";

export const ONSITE = ["CHAT", "CALL", "VIDEO"];
const ACTS = {
  "user.connected": "connected",
  "visitor.updated": "visitor",
  "user.availability.updated": "available",
  "v2.conversation.closed": "closed",
};
const MARKS = /[\u0300-\u036f]/g;

const known = new WeakMap(); // rows by their operators

export function operatorRows(document) {
  const oldest = oldestOnsite(document.conversations.by_id);
  const operators = document.operators.by_id;
  return Object.keys(operators).map((key) => rowOf(key, operators[key], oldest.get(key)));
}

function rowOf(key, operator, oldest) {
  const held = known.get(operator);
  if (held !== undefined && held.oldest === oldest) return held;
  const row = {
    key,
    label: nameOf(key, operator),
    operator,
    standing: operator.kind === "bot" ? "bot" : operator.presence,
    open: sum(operator.open),
    oldest,
  };
  row.searched = folded(row.label);
  known.set(operator, row);
  return row;
}

function sum(counts) {
  return Object.keys(counts).reduce((total, channel) => total + counts[channel], 0);
}

// Off-site conversations live for days, and are no alarm.
function oldestOnsite(conversations) {
  const oldest = new Map();
  for (const key of Object.keys(conversations)) {
    const { channel, operator, opened_at: openedAt, unverified } = conversations[key];
    if (!ONSITE.includes(channel) || unverified) continue;
    const found = oldest.get(operator);
    if (found === undefined || openedAt < found) oldest.set(operator, openedAt);
  }
  return oldest;
}

// The name of an operator, or the number of one that the roster does not know.
export function nameOf(key, operator) {
  const name = operator && operator.name;
  return name || say("floor.operator", { number: key.slice(key.lastIndexOf("-") + 1) });
}

// The rows that are asked for, in the order that is asked for.
export function shownRows(rows, query) {
  const sought = folded(query.q);
  const asked = rows.filter((row) => isAskedFor(row, query, sought));
  if (!query.sort) return asked.sort((one, other) => byAttention(one, other) || byName(one, other));

  const value = VALUES[columnOf(query.sort)];
  const direction = query.sort.startsWith("-") ? -1 : 1;
  return asked.sort((one, other) => compareKnown(value(one), value(other), direction) || byName(one, other));
}

// A row without a value comes last, whichever way.
function compareKnown(one, other, direction) {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  return direction * compare(one, other);
}

function isAskedFor(row, query, sought) {
  const { operator } = row;
  return (
    (!query.presence || query.presence === row.standing) &&
    (!query.team || query.team === operator.team) &&
    (!query.channel || operator.available[query.channel] === true || query.channel in operator.open) &&
    (row.searched.includes(sought) || String(operator.id).startsWith(sought))
  );
}

// As it is searched for and sorted: without accents and capitals.
export function folded(text) {
  return text.normalize("NFD").replace(MARKS, "").toLowerCase();
}

// Whether visitors wait for somebody who may not be there.
export function needsAttention(row) {
  return row.open > 0 && (row.standing === "unverified" || row.standing === "gone");
}

// Who may not be there and has conversations; then the longest open onsite; the rest by name.
function byAttention(one, other) {
  return (
    Number(needsAttention(other)) - Number(needsAttention(one)) || compareKnown(one.oldest, other.oldest, 1)
  );
}

function byName(one, other) {
  return (
    Number(one.operator.name === undefined) - Number(other.operator.name === undefined) ||
    (one.operator.name === undefined ? 0 : compare(one.searched, other.searched)) ||
    compare(one.operator.id, other.operator.id) ||
    compare(one.key, other.key)
  );
}

function compare(one, other) {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

// What each column is sorted by.
const VALUES = {
  name: (row) => (row.operator.name === undefined ? undefined : row.searched),
  team: (row) => (row.operator.team === undefined ? undefined : folded(row.operator.team)),
  presence: (row) => STANDINGS.indexOf(row.standing),
  state: (row) => ageValue(row.operator.since),
  open: (row) => row.open,
  oldest: (row) => ageValue(row.oldest),
  available: (row) => (Object.keys(row.operator.available).length > 0 ? availableOn(row.operator).length : undefined),
  started: (row) => row.operator.received,
  closed: (row) => row.operator.closed,
  csat: (row) => lookUp(row.operator, "csat.score"),
};

function ageValue(since) {
  return since === undefined ? undefined : -Date.parse(since);
}

function availableOn(operator) {
  return Object.keys(operator.available).filter((channel) => operator.available[channel]);
}

// What the cells of a row say, by their names.
export function operatorTexts(row, at, zone) {
  const { operator } = row;
  const responses = lookUp(operator, "csat.responses");
  return {
    name: row.label,
    team: operator.team === undefined ? DASH : operator.team,
    presence: say(`standing.${row.standing}`),
    since: sinceText(operator, at, zone),
    act: lastActText(operator, at),
    state: display(operator.since, "age", at),
    open: display(row.open, "number"),
    channels: Object.keys(operator.open)
      .sort(compare)
      .map((channel) => `${channelName(channel)}\u00a0${display(operator.open[channel], "number")}`)
      .join(" · "),
    "open-of": say("floor.open-of", { name: row.label }),
    oldest: display(row.oldest, "age", at),
    available: availability(operator),
    started: display(operator.received, "number"),
    closed: display(operator.closed, "number"),
    csat: display(lookUp(operator, "csat.score"), "score"),
    responses: responses === undefined ? "" : say("floor.answers", { n: responses }),
  };
}

// The instants whose ages a row tells.
export function operatorInstants(row) {
  return [row.operator.since, lookUp(row.operator, "last_act.at"), row.oldest];
}

export function hasFewAnswers(row) {
  return isFew(lookUp(row.operator, "csat.responses"));
}

// When the presence began, as far as that is known.
function sinceText(operator, at, zone) {
  if (operator.since !== undefined) {
    return say(`evidence.${operator.presence}`, { time: display(operator.since, "time", at, zone) });
  }
  return operator.presence === "gone" ? "" : say("evidence.unseen");
}

// What they were last seen doing, and when.
function lastActText({ last_act: act }, at) {
  if (act === undefined) return say("evidence.none");
  return say(`act.${ACTS[act.event] || "other"}`, { age: display(act.at, "age", at) });
}

// A channel that is not documented is shown as it comes.
export function channelName(channel) {
  return has(`channel.${channel}`) ? say(`channel.${channel}`) : channel;
}

function availability(operator) {
  if (Object.keys(operator.available).length === 0) return DASH;
  const names = availableOn(operator).sort(compare).map(channelName);
  return names.length > 0 ? names.join(", ") : say("floor.unavailable");
}
