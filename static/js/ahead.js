// Looks at a page before anybody goes there: whether it is one of ours, and whether all that it needs is to be had.
// Servers of two builds may answer in turn, so a page alone proves nothing. What was had stays in the browser's cache.

import { ask } from "./ask.js";

const OUR_MARK = 'meta[name="build"]'; // every page of ours has it, no proxy's error page does
const ASSETS = "script[src], link[rel=stylesheet]";
const IMPORT = /^import [^;]*?"(\.[^"]+)";$/gm;

// Where the page is and which build it is of, or null. Aborting `canceller` gives the look up.
export async function lookAhead(path, canceller) {
  const page = await ask(path, canceller).catch(() => null);
  if (page === null || !page.ok) return null;

  const ahead = new DOMParser().parseFromString(page.text, "text/html");
  const mark = ahead.querySelector(OUR_MARK);
  if (mark === null) return null;

  const had = new Set();
  const assets = Array.from(ahead.querySelectorAll(ASSETS), (asset) => addressOf(asset, page.url));
  const isWhole = await haveAll(assets, canceller, had);
  return isWhole ? { url: page.url, build: mark.content } : null;
}

function addressOf(asset, base) {
  return new URL(asset.getAttribute("src") || asset.getAttribute("href"), base).href;
}

async function haveAll(addresses, canceller, had) {
  const answers = await Promise.all(addresses.map((address) => have(address, canceller, had)));
  return answers.every(Boolean);
}

// Whether an asset is to be had, with all that it imports.
async function have(address, canceller, had) {
  if (had.has(address)) return true;
  had.add(address);
  const asset = await ask(address, canceller, "default").catch(() => null);
  if (asset === null || !asset.ok) return false;
  return !address.endsWith(".js") || haveAll(importsOf(asset), canceller, had);
}

function importsOf(asset) {
  const addresses = [];
  asset.text.replace(IMPORT, (_, path) => addresses.push(new URL(path, asset.url).href));
  return addresses;
}
