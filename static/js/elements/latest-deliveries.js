// <latest-deliveries page="/">: what became of the latest posts, kept up to date as <fresh-lists>.
//   waiting  no event was accepted when the page was loaded: with the first one the page changes, so it is loaded again
//   begun    an event was ever accepted

import { Announcer } from "../page/announcer.js";
import { FreshLists } from "./fresh-lists.js";

export class LatestDeliveries extends FreshLists {
  connectedCallback() {
    this.announcer = new Announcer(this.querySelector(".news"), "");
    this.atEnd(() => this.announcer.end());
    super.connectedCallback();
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
    if (this.newest() !== null && this.newest() !== before) this.announcer.announce(this.newest().textContent);
  }

  newest() {
    return this.querySelector("[data-row]");
  }
}

customElements.define("latest-deliveries", LatestDeliveries);
