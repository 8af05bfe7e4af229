// A screen link, /screen#TOKEN, for players that keep no cookies: the token opens the wall, and a ticket each socket of
// it. The address stays that of the link, so that a reload opens the wall again. The token travels in forms alone.

import { request } from "../page/fetch-latest.js";

export const CODE_PAGE = "/screen"; // shows a code, or redirects to where the browser belongs
const WALL = "/screen/wall";
const TICKET = "/screen/ticket";
const PROTOCOL = "deskboard.ticket";

// Whether this page was opened by a link.
export function isLinked() {
  return token() !== "";
}

// The path at which this page can be requested.
export function currentPath() {
  return (isLinked() ? WALL : window.location.pathname) + window.location.search;
}

// A page of ours. A link opens one wall alone, whichever board its screen was moved to.
export function requestPage(path, canceller) {
  const isWall = isLinked() && path.split("?")[0] !== CODE_PAGE;
  if (!isWall) return request(path, canceller);
  return request(WALL + new URL(path, window.location.href).search, canceller, "no-store", form());
}

// The subprotocols by which a socket is authenticated. null: there is no ticket.
export async function requestProtocols(canceller) {
  const found = (await request(TICKET, canceller, "no-store", form())).data();
  return found && [PROTOCOL, found.ticket];
}

function token() {
  const { pathname, hash } = window.location;
  return pathname === CODE_PAGE ? hash.slice(1) : "";
}

function form() {
  return new URLSearchParams({ token: token() });
}
