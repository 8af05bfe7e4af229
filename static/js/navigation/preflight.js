// Checks a page before the browser goes there: that it is one of ours, and that all its assets can be loaded. Servers of
// two builds may answer in turn during an upgrade, so the page alone proves nothing. Assets stay in the browser's cache.

import { request } from "../page/fetch-latest.js";
import { requestPage } from "./screen-link.js";

const OUR_MARK = 'meta[name="build"]'; // all our pages have it, no proxy's error page does
const ASSETS = "script[src], link[rel=stylesheet]";
const IMPORT = /^import [^;]*?"(\.[^"]+)";$/gm;

// The page's address after redirects and its build, or null.
export async function preflight(path, canceller) {
  return preflightOf(await requestPage(path, canceller), canceller);
}

// The same, from the answer to a request for the page.
export async function preflightOf(answer, canceller) {
  const page = answer.page();
  const mark = page && page.querySelector(OUR_MARK);
  if (mark === null) return null;

  const assets = Array.from(page.querySelectorAll(ASSETS), (asset) => addressOf(asset, answer.url));
  const isWhole = await loadAll(assets, canceller, new Set());
  return isWhole ? { url: answer.url, build: mark.content } : null;
}

function addressOf(asset, base) {
  return new URL(asset.getAttribute("src") || asset.getAttribute("href"), base).href;
}

async function loadAll(addresses, canceller, loaded) {
  const answers = await Promise.all(addresses.map((address) => load(address, canceller, loaded)));
  return answers.every(Boolean);
}

// Whether an asset can be loaded, with all that it imports.
async function load(address, canceller, loaded) {
  if (loaded.has(address)) return true;
  loaded.add(address);
  const asset = await request(address, canceller, "default");
  if (!asset.ok) return false;
  return !address.endsWith(".js") || loadAll(importsOf(asset), canceller, loaded);
}

function importsOf(asset) {
  const addresses = [];
  asset.text.replace(IMPORT, (_, path) => addresses.push(new URL(path, asset.url).href));
  return addresses;
}
