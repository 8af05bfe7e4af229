// The counts of a floor that shows a part of its board: of the people and conversations that are shown, as
// app/view/counted.py counts them. What cannot be told from those is a dash.

import { count } from "../page/words.js";
import { isOfTeam } from "./query.js";

const DASH = "–";
const OF_A_TEAM = ["connected", "taking", "unverified", "open", "started", "closed", "csat", "responses"];
const UNTOLD = ["started", "closed", "csat", "responses"];

// The document, with the counts of the operators and conversations whose keys are shown.
export function narrowed(document, shown, things, query) {
  const operators = shown.map((key) => document.operators[key]);
  const conversations = things.map((key) => document.conversations[key]);
  const figures = Object.assign({}, document.figures, counted(operators, conversations, query, document.teams));
  const [texts, states] = [document.texts, document.states].map(ofBoard);
  return Object.assign({}, document, { figures, texts, states, taking_share: takingShare(operators) });
}

// What is said of the board, whatever is shown of it; the rest is about its own numbers.
function ofBoard(said) {
  const kept = {};
  for (const key of Object.keys(said).filter((name) => name.startsWith("board:"))) kept[key] = said[key];
  return kept;
}

// Slots of figures by key. `operators`, `conversations`: the rows shown.
export function counted(operators, conversations, query, teams) {
  const slots = {};
  const of = (rows, holds) => slotOf(count(rows.filter(holds).length));
  for (const standing of ["connected", "unverified", "gone"]) slots[standing] = of(operators, (row) => row.standing === standing);
  slots.not_here = of(operators, (row) => row.standing === "not-here");
  slots.bots = of(operators, (row) => row.standing === "bot");
  slots.taking = of(operators, isTaking);
  slots.open = of(conversations, (row) => row.side !== "unverified");
  slots["open:unverified"] = of(conversations, (row) => row.side === "unverified");
  const oldest = conversations.find((row) => row.side === "onsite"); // they come oldest first
  slots.oldest_onsite = oldest === undefined ? { text: DASH, absent: true } : oldest.cells.age;
  for (const figure of UNTOLD) slots[figure] = { text: DASH, absent: true };
  const team = isOfTeam(query) ? teams[query.team] : undefined;
  if (team !== undefined) {
    for (const figure of OF_A_TEAM) slots[figure] = slotOf(team.cells[figure]);
    slots.oldest_onsite = slotOf(team.cells.oldest);
  }
  return slots;
}

// Of a hundred connected operators, how many take conversations.
function takingShare(operators) {
  const connected = operators.filter((row) => row.standing === "connected");
  return connected.length === 0 ? 0 : Math.round((100 * connected.filter(isTaking).length) / connected.length);
}

function isTaking(row) {
  return row.state === "takes" || row.state === "available";
}

function slotOf(shown) {
  if (typeof shown !== "string") return shown;
  if (shown === "" || shown === DASH) return { text: shown, absent: true };
  return shown === "0" ? { text: shown, zero: true } : { text: shown };
}
