// Keeps a page alive whose modules never came, or died on the way: shows every 10 s what the server renders, and loads
// the page anew once it and its scripts answer, less often each time. A classic script, since modules are what it
// stands in for, and it leans on nothing. An element says by the attribute `up` that its module runs.

(function () {
  "use strict";

  const EVERY_MS = 10000;
  const DEADLINE_MS = 9000;
  const RELOAD_FIRST_MS = EVERY_MS;
  const RELOAD_MOST_MS = 10 * 60 * 1000;
  const LAPS = "deskboard.laps"; // as laps.js counts them
  const LAPS_UNKNOWN = 6;

  const timer = setInterval(look, EVERY_MS);

  function look() {
    const element = document.querySelector("wall-board, screen-code");
    if (element === null || element.hasAttribute("up")) clearInterval(timer);
    else refresh(element).catch(() => {}); // the picture stays, and says that it is old
  }

  async function refresh(element) {
    const page = await ask(window.location.href);
    const text = await page.text();
    const ahead = new DOMParser().parseFromString(text, "text/html");
    const mark = ahead.querySelector('meta[name="build"]');
    if (!page.ok || mark === null || element.hasAttribute("up")) return;

    const isElsewhere = page.redirected || ahead.querySelector(element.localName) === null;
    if ((isElsewhere || isDue(mark.content)) && (await scriptsAnswer(ahead))) leaveFor(page.url);
    else if (!isElsewhere) show(element, ahead.querySelector(element.localName));
  }

  function isDue(build) {
    const isOurBuild = build === document.querySelector('meta[name="build"]').content;
    return !isOurBuild || performance.now() >= Math.min(RELOAD_MOST_MS, RELOAD_FIRST_MS * 2 ** laps());
  }

  async function scriptsAnswer(ahead) {
    const scripts = Array.from(ahead.querySelectorAll("script[src]"), (script) => script.getAttribute("src"));
    const answers = await Promise.all(scripts.map(ask));
    return answers.every((answer) => answer.ok);
  }

  function leaveFor(address) {
    try {
      sessionStorage.setItem(LAPS, String(laps() + 1));
    } catch (error) {
      // a browser that keeps nothing waits long
    }
    window.location.replace(address);
  }

  function laps() {
    try {
      return Number(sessionStorage.getItem(LAPS)) || 0;
    } catch (error) {
      return LAPS_UNKNOWN;
    }
  }

  function ask(address) {
    const options = { cache: "no-store", credentials: "same-origin", headers: { Accept: "text/html" } };
    if ("AbortController" in window) {
      const canceller = new AbortController();
      setTimeout(() => canceller.abort(), DEADLINE_MS);
      options.signal = canceller.signal;
    }
    return fetch(address, options);
  }

  // In one go, so that nothing is seen of it but what changed.
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
