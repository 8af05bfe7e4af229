// The alarms of a wall as sound, where its screen is set to it: it waits for a key or a click if the browser wants one,
// says so on the wall, and reports to the server whether it sounds.

import { setAttribute, setFlag } from "../page/dom.js";
import { Ringing } from "./ringing.js";
import { Speaker } from "./speaker.js";

const TRUSTED = ["live", "plain", "quiet"]; // of old numbers no one knows whether they are still an alarm

const ASKED_MS = 120000; // who loaded the page is gone by then, and the picture is whole again

export class AlarmSound {
  // `hint`: the mark of a page without sound, and the line that asks for a key; `connection`: takes the reports.
  constructor(hint, connection) {
    this.hint = hint;
    this.connection = connection;
    this.ringing = new Ringing(performance.now());
    this.speaker = new Speaker(() => this.report());
    this.speaker.begin();
    this.timer = setTimeout(() => setAttribute(this.hint, "asked", ""), ASKED_MS);
  }

  // The socket opened.
  begin() {
    this.ringing.begin(performance.now());
    this.report();
  }

  // What a board says now. Sound is an extra: whatever fails in it, the wall goes on.
  hear(board, document, at) {
    try {
      const unknown = Object.keys(document.states).filter((figure) => document.states[figure] === "unknown");
      this.ringing.hear(board, document.alarms || {}, unknown, at);
      if (!this.ringing.isRinging) this.speaker.stop();
    } catch (error) {
      console.error(error);
    }
  }

  tick(link) {
    if (TRUSTED.includes(link) && this.ringing.takeDue(performance.now())) this.speaker.sound();
  }

  end() {
    clearTimeout(this.timer);
    this.speaker.end();
  }

  report() {
    setFlag(this.hint, "hidden", !this.speaker.isAsking);
    this.connection.send({ type: "sound", state: this.speaker.state });
  }
}
