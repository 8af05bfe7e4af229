// <alarm-notice on="Notify me here" off="Stop notifying">: alarms of a board that no one has seen, on the icon of the
// page's tab, and as notifications of the browser for those who asked for them by its button.

import { setAttribute, setFlag, setText } from "../page/dom.js";
import { Listening } from "../page/listening.js";
import { keep, recall } from "../page/storage.js";

const KEY = "deskboard.notify";
const ICON = /icon(-alarm)?\.svg$/;

export class AlarmNotice extends Listening {
  connectedCallback() {
    this.known = null; // figures in alarm, once the page holds numbers
    this.shown = new Map();
    this.button = this.querySelector("button");
    this.listen(this.button, "click", () => this.press());
    this.atEnd(() => this.shown.forEach((notification) => notification.close()));
    this.showButton();
  }

  paint({ document: board, link }) {
    const { limits, title } = board;
    const alarms = Object.keys(limits).filter((figure) => limits[figure].state === "alarm");
    const icon = document.querySelector("link[rel=icon]");
    setAttribute(icon, "href", icon.getAttribute("href").replace(ICON, alarms.length > 0 ? "icon-alarm.svg" : "icon.svg"));
    if (link !== "live" && link !== "plain") return;
    const news = this.known === null ? [] : alarms.filter((figure) => !this.known.includes(figure));
    this.known = alarms;
    for (const figure of news) this.notify(figure, limits[figure].cells, title);
    for (const [figure, notification] of this.shown) {
      if (alarms.includes(figure)) continue;
      notification.close();
      this.shown.delete(figure);
    }
  }

  // Asked for by a press alone: browsers count who asks by themselves as a nuisance.
  press() {
    if (isWanted()) {
      remember(false);
      this.showButton();
    } else {
      Promise.resolve(Notification.requestPermission()).then(() => {
        remember(Notification.permission === "granted");
        this.showButton();
      });
    }
  }

  showButton() {
    const canNotify = "Notification" in window && window.isSecureContext && Notification.permission !== "denied";
    setFlag(this.button, "hidden", !canNotify);
    setText(this.button, this.getAttribute(isWanted() ? "off" : "on"));
  }

  // One of another tab with the same tag gives way.
  notify(figure, { label, words }, title) {
    if (!isWanted()) return;
    try {
      const tag = `${this.closest("[board]").getAttribute("board")} ${figure}`;
      const notification = new Notification(`${title}: ${label}`, { body: words, tag });
      notification.onclick = () => window.focus();
      this.shown.set(figure, notification);
    } catch (error) {
      console.error(error); // browsers of phones have no such notifications
    }
  }
}

function isWanted() {
  return "Notification" in window && Notification.permission === "granted" && recall("localStorage", KEY) === "on";
}

function remember(isOn) {
  keep("localStorage", KEY, isOn ? "on" : "off");
}

customElements.define("alarm-notice", AlarmNotice);
