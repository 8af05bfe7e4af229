// <past-player day="2026-11-21T23:00:00.000Z">: leads a wall through the minutes of a day as it was, step by step, by a
// slider, or playing. The server renders each; the slider's ends are the first and the last of the day.
//   day      when the day began
//   playing  one minute after another is shown

import { setFlag } from "../page/dom.js";
import { LatestRequest } from "../page/fetch-latest.js";
import { update } from "../page/fresh.js";
import { Listening } from "../page/listening.js";

const MINUTE_MS = 60000;

export class PastPlayer extends Listening {
  connectedCallback() {
    this.isPlaying = false;
    this.board = this.closest("wall-board");
    this.requests = new LatestRequest();
    this.slider = this.querySelector("input");
    this.speed = this.querySelector("select");
    this.listen(this.slider, "input", () => this.go(this.addressOf(this.slider.value)));
    this.listen(this.querySelector(".play"), "click", () => (this.isPlaying ? this.pause() : this.play()));
    this.listen(this.speed, "change", () => this.isPlaying && this.schedule());
    this.listen(this, "click", (event) => this.onClick(event));
    this.atEnd(() => this.pause());
    this.atEnd(() => this.requests.cancel());
  }

  onClick(event) {
    const link = event.target.closest("a.step[href]");
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.go(link.href);
  }

  go(address) {
    this.pause();
    this.show(address);
  }

  play() {
    this.isPlaying = true;
    this.showState();
    if (this.isAtEnd()) this.show(this.addressOf(this.slider.min));
    this.schedule();
  }

  pause() {
    clearTimeout(this.timer);
    this.isPlaying = false;
    this.showState();
  }

  schedule() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.step(), MINUTE_MS / Number(this.speed.value));
  }

  step() {
    this.schedule();
    if (this.requests.isPending) return;
    if (this.isAtEnd()) this.pause();
    else this.show(this.querySelector(".next").href);
  }

  isAtEnd() {
    return Number(this.slider.value) >= Number(this.slider.max);
  }

  async show(address) {
    const answer = await this.requests.fetch(address);
    const page = answer.page();
    const board = page && page.querySelector("wall-board");
    if (board !== null) this.adopt(page, board, answer.url);
    else if (answer.status !== 0) window.location.assign(address); // the server says what is wrong
    else this.pause();
  }

  adopt(page, board, address) {
    update(this.board, board);
    this.slider.value = this.slider.defaultValue;
    this.showState();
    document.title = page.title;
    window.history.replaceState(null, "", address);
  }

  showState() {
    setFlag(this, "playing", this.isPlaying);
  }

  // Of the minute that is nearest to one of the day, of those that are kept.
  addressOf(minute) {
    const url = new URL(window.location.href);
    url.searchParams.set("at", new Date(Date.parse(this.getAttribute("day")) + minute * MINUTE_MS).toISOString());
    url.searchParams.set("nearest", "");
    return url.href;
  }
}

customElements.define("past-player", PastPlayer);
