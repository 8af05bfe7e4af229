// <post-pulse state="live" lost="Connection lost">: how long ago the last post was taken, in the server's words, asked
// for again and again while the page is in sight.
//   short  the same in few letters, which the style sheet shows on phones

import { setAttribute, setFlag, setText } from "../page/dom.js";
import { LatestRequest } from "../page/fetch-latest.js";
import { Listening } from "../page/listening.js";

const EVERY_MS = 5000;

export class PostPulse extends Listening {
  connectedCallback() {
    this.requests = new LatestRequest();
    const timer = setInterval(() => this.refresh(), EVERY_MS);
    this.atEnd(() => clearInterval(timer));
    this.atEnd(() => this.requests.cancel());
  }

  async refresh() {
    if (document.hidden || this.requests.isPending) return;
    const answer = await this.requests.fetch(`/pulse?lang=${document.documentElement.lang}`);
    if (answer.status === 0) this.show("lost", this.getAttribute("lost"));
    else if (answer.ok && !answer.redirected) this.show(...answer.text.split("\n"));
    else this.finish(); // this browser belongs elsewhere, or the server has other pages by now
  }

  show(state, text, short = text, undelivered = "") {
    setAttribute(this, "state", state);
    const failed = this.parentNode.querySelector(".undelivered");
    setFlag(failed, "hidden", undelivered === "");
    setText(failed.querySelector(".said"), undelivered);
    setText(this.querySelector(".words"), text);
    setAttribute(this, "short", short);
  }
}

customElements.define("post-pulse", PostPulse);
