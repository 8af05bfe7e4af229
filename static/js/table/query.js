// What a supervisor asks to see of the floor, as the address says it. The same as app/view/query.py.
//   q         a part of a name, or the beginning of a number
//   presence  one of STANDINGS
//   team, project, channel
//   sort      one of COLUMNS, with - before it from its largest; empty: what needs attention first
//   operator  the key of whose panel is open
//   lang      the language that the page was asked for in
// Each is empty where nothing was asked for. A query is never changed: another one is made.

const LONGEST = 100;
const NAMES = ["q", "presence", "team", "project", "channel", "sort", "operator", "lang"];
const STANDINGS = ["connected", "unverified", "not-here", "gone", "bot"];
const COLUMNS = ["name", "team", "presence", "act", "open", "oldest", "started", "closed", "csat"];
const TEXTS = ["name", "team", "presence"]; // read from their beginning; the others say most where they are largest

// The last of each name; what makes no sense is dropped.
export function queryOf(search) {
  const asked = new URLSearchParams(search);
  const query = {};
  for (const name of NAMES) {
    const said = asked.getAll(name).map((value) => Array.from(value.trim()).slice(0, LONGEST).join(""));
    query[name] = said.length === 0 ? "" : said[said.length - 1];
  }
  if (!STANDINGS.includes(query.presence)) query.presence = "";
  if (!COLUMNS.includes(columnOf(query.sort))) query.sort = "";
  return query;
}

export function withChanges(query, changes) {
  return Object.assign({}, query, changes);
}

// The query string, for a link.
export function addressOf(query) {
  const said = new URLSearchParams();
  for (const name of NAMES) {
    if (query[name]) said.append(name, query[name]);
  }
  return `?${said}`;
}

export function columnOf(sort) {
  return sort.replace(/^-/, "");
}

// Whether it leaves operators out.
export function isFiltering(query) {
  return [query.q, query.presence, query.team, query.project, query.channel].some(Boolean);
}

// Whether it asks for a team as a whole.
export function isOfTeam(query) {
  return Boolean(query.team) && ![query.q, query.presence, query.project, query.channel].some(Boolean);
}

// What a press on the head of a column sorts by: the other way round, if it is sorted by already.
export function sortNext(query, column) {
  const usual = TEXTS.includes(column) ? column : `-${column}`;
  return query.sort === usual ? opposite(usual) : usual;
}

function opposite(sort) {
  return sort.startsWith("-") ? columnOf(sort) : `-${sort}`;
}
