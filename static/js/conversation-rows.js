// The list of open conversations: what each row says, on which side it stands, and in which order. The same rules as
// app/pages/conversation_rows.py.
//   row  { key, conversation as in the document, side: one of SIDES, label: what the operator is called }
// As long as nothing changes about a conversation, its row is the same object.

import { display } from "./format.js";
import { channelName, nameOf, ONSITE } from "./operator-rows.js";

const known = new WeakMap(); // rows by their conversations

// Oldest first. `operator`: of whom alone; empty: of all.
export function conversationRows(document, operator) {
  const conversations = document.conversations.by_id;
  const operators = document.operators.by_id;
  return Object.keys(conversations)
    .filter((key) => !operator || conversations[key].operator === operator)
    .map((key) => rowOf(key, conversations[key], operators))
    .sort(byAge);
}

function rowOf(key, conversation, operators) {
  const label = nameOf(conversation.operator, operators[conversation.operator]);
  const held = known.get(conversation);
  if (held !== undefined && held.label === label) return held;
  const row = { key, conversation, side: sideOf(conversation), label };
  known.set(conversation, row);
  return row;
}

function byAge(one, other) {
  const first = one.conversation.opened_at;
  const second = other.conversation.opened_at;
  if (first !== second) return first < second ? -1 : 1;
  return one.key < other.key ? -1 : 1;
}

function sideOf(conversation) {
  if (conversation.unverified) return "unverified";
  return ONSITE.includes(conversation.channel) ? "onsite" : "offsite";
}

// What the cells of a row say, by their names.
export function conversationTexts(row, at, zone) {
  const { conversation, label } = row;
  return {
    channel: channelName(conversation.channel),
    operator: label,
    age: display(conversation.opened_at, "age", at),
    opened: display(conversation.opened_at, "time", at, zone),
    transfers: display(conversation.transfers, "number"),
  };
}
