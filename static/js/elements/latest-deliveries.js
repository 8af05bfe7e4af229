// <latest-deliveries page="/">: what became of the latest posts, kept up to date as <fresh-lists>.
//   waiting  no event was accepted when the page was loaded: with the first one the page changes, so it is loaded again
//   begun    an event was ever accepted

import { setText } from "../page/dom.js";
import { FreshLists } from "./fresh-lists.js";

const NEWS_PAUSE_MS = 10000; // screen readers read every change of .news aloud
const ABOUT_POSTS = [".progress", "[data-step=secret]", "[data-step=webhook]", "[data-step=first]"];

export class LatestDeliveries extends FreshLists {
  connectedCallback() {
    this.newsTimer = 0;
    this.newsAt = -NEWS_PAUSE_MS;
    super.connectedCallback();
  }

  disconnectedCallback() {
    clearTimeout(this.newsTimer);
    super.disconnectedCallback();
  }

  get pauseMs() {
    return 2000;
  }

  // Not while it is folded.
  isWanted() {
    const details = this.closest("details");
    return details === null || details.open;
  }

  adopt(fresh, page) {
    if (this.hasAttribute("waiting") && fresh.hasAttribute("begun")) {
      window.location.replace(`${this.getAttribute("page")}?first`);
      return;
    }
    const before = this.newest();
    super.adopt(fresh, page);
    replaceChanged(page);
    if (this.newest() !== null && this.newest() !== before) this.announce();
  }

  newest() {
    return this.querySelector("[data-row]");
  }

  announce() {
    if (this.newsTimer) return;
    this.newsTimer = setTimeout(() => {
      this.newsTimer = 0;
      this.newsAt = performance.now();
      if (this.newest() !== null) setText(this.querySelector(".news"), this.newest().textContent);
    }, Math.max(0, this.newsAt + NEWS_PAUSE_MS - performance.now()));
  }
}

// What is said of the posts elsewhere on the page: the line at its top, and how far the set-up is.
function replaceChanged(page) {
  for (const selector of ABOUT_POSTS) {
    const [element, fresh] = [document, page].map((root) => root.querySelector(selector));
    if (element !== null && fresh !== null && !element.isEqualNode(fresh)) {
      element.replaceWith(document.importNode(fresh, true));
    }
  }
}

customElements.define("latest-deliveries", LatestDeliveries);
