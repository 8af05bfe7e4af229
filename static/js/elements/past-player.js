// <past-player day="2026-11-21T23:00:00.000Z" minutes="540-602 610">: leads a wall through the minutes of a day as it was,
// step by step, by a slider, or playing.
//   day      when the day began
//   minutes  those since then that are kept, as spans
//   playing  one minute after another is shown

import { paintWall, WALL_PARTS } from "../live/wall.js";
import { setAttribute, setText } from "../page/dom.js";
import { LatestRequest, parseJson } from "../page/fetch-latest.js";
import { say } from "../page/words.js";

const MINUTE_MS = 60000;
const TRACK = 1000; // in units of its own

export class PastPlayer extends HTMLElement {
  connectedCallback() {
    this.board = this.closest("wall-board");
    this.day = Date.parse(this.getAttribute("day"));
    this.minutes = minutesOf(this.getAttribute("minutes"));
    this.minute = this.minuteOf(this.board.getAttribute("at"));
    this.requests = new LatestRequest();
    this.slider = this.querySelector("input");
    this.button = this.querySelector(".play");
    this.speed = this.querySelector("select");
    this.setUpSlider();
    for (const part of this.querySelectorAll("[data-scripted]")) part.hidden = false;
    this.slider.addEventListener("input", () => this.go(this.nearest(Number(this.slider.value))));
    this.button.addEventListener("click", () => (this.hasAttribute("playing") ? this.pause() : this.play()));
    this.speed.addEventListener("change", () => this.hasAttribute("playing") && this.schedule());
    this.addEventListener("click", (event) => this.onClick(event));
  }

  disconnectedCallback() {
    this.pause();
    this.requests.cancel();
  }

  setUpSlider() {
    const { minutes, slider } = this;
    slider.min = minutes[0];
    slider.max = minutes[minutes.length - 1];
    slider.value = this.minute;
    const svg = this.querySelector("svg");
    const [first, breadth] = [minutes[0], Math.max(1, minutes[minutes.length - 1] - minutes[0])];
    const place = (minute) => Math.round((TRACK * (minute - first)) / breadth);
    svg.setAttribute("viewBox", `0 0 ${TRACK} 10`);
    const spans = this.getAttribute("minutes").split(" ").map((span) => span.split("-").map(Number));
    svg.querySelector("path").setAttribute("d", spans.map(([from, to = from]) => `M${place(from)} 5H${place(to) + 1}`).join(""));
    this.sayTime();
  }

  // Links within the day need no other page.
  onClick(event) {
    const link = event.target.closest("a.step[href]");
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const minute = this.minuteOf(new URL(link.href).searchParams.get("at"));
    this.pause();
    if (!this.minutes.includes(minute)) return;
    event.preventDefault();
    this.show(minute);
  }

  go(minute) {
    this.pause();
    this.show(minute);
  }

  play() {
    setAttribute(this, "playing", "");
    setText(this.button.querySelector(".words"), say("past.pause"));
    if (this.minute >= this.minutes[this.minutes.length - 1]) this.show(this.minutes[0]);
    this.schedule();
  }

  pause() {
    clearTimeout(this.timer);
    setAttribute(this, "playing", null);
    setText(this.button.querySelector(".words"), say("past.play"));
  }

  schedule() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.step(), MINUTE_MS / Number(this.speed.value));
  }

  async step() {
    const next = this.minutes.find((minute) => minute > this.minute);
    if (next === undefined) {
      this.pause();
      return;
    }
    this.schedule();
    await this.show(next);
  }

  async show(minute) {
    this.minute = minute;
    this.slider.value = minute;
    const address = this.addressOf(minute);
    const answer = await this.requests.fetch(`${address}&format=json`);
    const frame = answer !== null && answer.ok ? parseJson(answer.text) : null;
    if (frame !== null && frame.view.tiles === this.board.getAttribute("tiles")) this.paint(frame, address);
    else if (answer !== null) window.location.assign(address); // another layout, or the server says what is wrong
    else this.pause();
  }

  paint(frame, address) {
    const at = Date.parse(frame.at);
    const view = { document: frame.view, asOf: at, now: at, time: frame.clock, isNew: true, link: "past" };
    setAttribute(this.board, "at", frame.at);
    for (const part of this.board.querySelectorAll(WALL_PARTS)) part.paint(view);
    paintWall(this.board, frame.view);
    setText(this.board.querySelector(".title"), frame.view.title);
    setText(this.board.querySelector("status-band .words"), frame.band.words);
    setText(this.board.querySelector("status-band .provenance"), frame.band.provenance);
    setText(this.querySelector(".since"), frame.note);
    setAttribute(this.querySelector(".previous"), "href", frame.previous === undefined ? null : frame.previous);
    setAttribute(this.querySelector(".next"), "href", frame.next === undefined ? null : frame.next);
    window.history.replaceState(null, "", address);
    this.sayTime();
  }

  sayTime() {
    setAttribute(this.slider, "aria-valuetext", this.board.querySelector("as-of .hour").textContent);
  }

  addressOf(minute) {
    const url = new URL(window.location.href);
    url.searchParams.set("at", new Date(this.day + minute * MINUTE_MS).toISOString());
    return url.pathname + url.search;
  }

  minuteOf(at) {
    return Math.floor((Date.parse(at) - this.day) / MINUTE_MS);
  }

  nearest(minute) {
    return this.minutes.reduce((best, other) => (Math.abs(other - minute) < Math.abs(best - minute) ? other : best));
  }
}

function minutesOf(spans) {
  const minutes = [];
  for (const span of spans.split(" ")) {
    const [from, to = from] = span.split("-").map(Number);
    for (let minute = from; minute <= to; minute += 1) minutes.push(minute);
  }
  return minutes;
}

customElements.define("past-player", PastPlayer);
