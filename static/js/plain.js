// A wall without a socket: every 10 s the server's own rendering of the page takes the place of what is shown.

import { ask } from "./ask.js";
import { elsewhere } from "./belonging.js";
import { Canceller } from "./canceller.js";

const EVERY_MS = 10000;

export class Plain {
  // show(board, build)  the board as the server renders it now, and the build of its page
  // leave(path)         the browser belongs elsewhere
  constructor(listener) {
    this.listener = listener;
    this.question = null;
    this.timer = 0;
  }

  begin() {
    if (this.isOn()) return;
    this.timer = setInterval(() => this.refresh(), EVERY_MS);
    this.refresh();
  }

  end() {
    clearInterval(this.timer);
    if (this.question !== null) this.question.abort();
    this.question = null;
    this.timer = 0;
  }

  isOn() {
    return this.timer !== 0;
  }

  async refresh() {
    if (this.question !== null) return;
    const question = new Canceller();
    this.question = question;
    const page = await ask(window.location.href, question).catch(() => null);
    if (this.question !== question) return;

    this.question = null;
    const path = elsewhere(page);
    if (path !== null) this.listener.leave(path);
    else if (page !== null && page.ok) this.show(page.text);
  }

  show(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const board = page.querySelector("wall-board");
    if (board !== null) this.listener.show(board, page.querySelector('meta[name="build"]').content);
  }
}

const OWN = ["up", "dimmed", "style"]; // what our scripts set, and no page comes with

// Puts what was rendered into the place of what an element shows. In one go, so that nothing is seen but what changed.
export function putInPlace(element, rendered) {
  for (const { name } of Array.from(element.attributes)) {
    if (!OWN.includes(name) && !rendered.hasAttribute(name)) element.removeAttribute(name);
  }
  for (const { name, value } of Array.from(rendered.attributes)) element.setAttribute(name, value);
  element.textContent = "";
  element.append(...Array.from(document.adoptNode(rendered).childNodes));
}
