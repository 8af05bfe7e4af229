// Fallback of a page whose modules did not load: shows every 10 s what the server renders, and reloads the page once it
// and its scripts answer, less often each time. A classic script without imports, since modules are what it stands in
// for. The attribute `up` of an element says that its module runs.

(function () {
  "use strict";

  const EVERY_MS = 10000;
  const DEADLINE_MS = 9000;
  const RELOAD_FIRST_MS = EVERY_MS;
  const RELOAD_MOST_MS = 10 * 60 * 1000;
  const RELOADS_KEY = "deskboard.laps"; // as reload-backoff.js counts them
  const RELOADS_UNKNOWN = 6;

  const timer = setInterval(look, EVERY_MS);

  function look() {
    const element = document.querySelector("wall-board, screen-code");
    if (element === null || element.hasAttribute("up")) clearInterval(timer);
    else refresh(element).catch(() => {}); // the picture stays, with the age of its numbers
  }

  async function refresh(element) {
    const page = await request(window.location.href);
    const text = await page.text();
    const rendered = new DOMParser().parseFromString(text, "text/html");
    const mark = rendered.querySelector('meta[name="build"]');
    if (!page.ok || mark === null || element.hasAttribute("up")) return;

    const isLinked = element.localName === "wall-board" && window.location.pathname === "/screen"; // by a screen link
    const isElsewhere = !isLinked && (page.redirected || rendered.querySelector(element.localName) === null);
    if ((isElsewhere || isDue(mark.content)) && (await scriptsAnswer(rendered))) leaveFor(page.url);
    else if (!isElsewhere && !isLinked) show(element, rendered.querySelector(element.localName));
  }

  function isDue(build) {
    const isOurBuild = build === document.querySelector('meta[name="build"]').content;
    return !isOurBuild || performance.now() >= Math.min(RELOAD_MOST_MS, RELOAD_FIRST_MS * 2 ** reloads());
  }

  async function scriptsAnswer(rendered) {
    const scripts = Array.from(rendered.querySelectorAll("script[src]"), (script) => script.getAttribute("src"));
    const modules = Array.from(rendered.querySelectorAll("link[rel=modulepreload]"), (link) => link.getAttribute("href"));
    const answers = await Promise.all(scripts.concat(modules).map(request));
    return answers.every((answer) => answer.ok);
  }

  function leaveFor(address) {
    try {
      sessionStorage.setItem(RELOADS_KEY, String(reloads() + 1));
    } catch (error) {
      // then the next page waits long
    }
    if (window.location.hash === "") window.location.replace(address);
    else window.location.reload(); // to replace the address of a link by itself would load nothing
  }

  function reloads() {
    try {
      return Number(sessionStorage.getItem(RELOADS_KEY)) || 0;
    } catch (error) {
      return RELOADS_UNKNOWN;
    }
  }

  function request(address) {
    const canceller = new AbortController();
    setTimeout(() => canceller.abort(), DEADLINE_MS);
    const { signal } = canceller;
    return fetch(address, { cache: "no-store", credentials: "same-origin", headers: { Accept: "text/html" }, signal });
  }

  // In one go, so that nothing flickers.
  function show(element, rendered) {
    for (const { name } of Array.from(element.attributes)) element.removeAttribute(name);
    for (const { name, value } of Array.from(rendered.attributes)) element.setAttribute(name, value);
    element.textContent = "";
    element.append(...Array.from(document.adoptNode(rendered).childNodes));
    const band = element.querySelector("status-band");
    if (band === null || element.getAttribute("state") !== "live") return;
    element.setAttribute("state", "plain");
    band.querySelector(".words").textContent = JSON.parse(document.getElementById("words").textContent)["band.plain"];
  }
})();
