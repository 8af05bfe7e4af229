// Checks a page before the browser goes there: that it is one of ours, and that all its assets can be loaded. Servers of
// two builds may answer in turn during an upgrade, so the page alone proves nothing. Assets stay in the browser's cache.

import { request } from "../page/fetch-latest.js";
import { requestPage } from "./screen-link.js";

const OUR_MARK = 'meta[name="build"]'; // all our pages have it, no proxy's error page does
const ASSETS = "script[src], link[rel=modulepreload], link[rel=stylesheet]";

// The page's address after redirects and its build, or null.
export async function preflight(path, canceller) {
  return preflightOf(await requestPage(path, canceller), canceller);
}

// The same, from the answer to a request for the page.
export async function preflightOf(answer, canceller) {
  const page = answer.page();
  const mark = page && page.querySelector(OUR_MARK);
  if (mark === null) return null;

  const addresses = Array.from(page.querySelectorAll(ASSETS), (asset) => asset.getAttribute("src") || asset.getAttribute("href"));
  const assets = await Promise.all(addresses.map((address) => request(new URL(address, answer.url), canceller, "default")));
  return assets.every(({ ok }) => ok) ? { url: answer.url, build: mark.content } : null;
}
