// Where a browser should be whose socket was refused: scripts cannot see why a handshake failed, so they request the page.

import { currentPath, requestPage } from "./screen-link.js";

export const CODE_PAGE = "/screen"; // shows a code, or redirects to where the browser belongs

// A path to leave for; null while the page is still ours, or no answer came. `exit`: the path for browsers turned away.
export async function redirectTarget(canceller, exit) {
  return targetOf(await requestPage(currentPath(), canceller), exit);
}

// The same, from the answer to a request for the page.
export function targetOf(page, exit) {
  if (page.ok && page.redirected) return pathOf(page.url);
  return page.status === 403 || page.status === 404 ? exit : null;
}

function pathOf(address) {
  const { pathname, search } = new URL(address);
  return pathname + search;
}
