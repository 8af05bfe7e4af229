// Where a browser belongs whose socket was refused: it never learns why a handshake failed, so it asks for its page.

import { ask } from "./ask.js";

export const CODE_PAGE = "/screen"; // shows a code, or leads to where the browser belongs

// A path to leave for; null while the page is still ours, or nobody knows. `exit`: where whoever is turned away goes.
export async function whereElse(canceller, exit) {
  return elsewhere(await ask(window.location.href, canceller).catch(() => null), exit);
}

// The same, from the answer to a question for the page; null: there was none.
export function elsewhere(page, exit = CODE_PAGE) {
  if (page === null) return null;
  if (page.ok && page.redirected) return pathOf(page.url);
  return page.status === 403 || page.status === 404 ? exit : null;
}

function pathOf(address) {
  const { pathname, search } = new URL(address);
  return pathname + search;
}
