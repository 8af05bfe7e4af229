// Two short tones, made here. A browser may let a page sound only once someone has pressed a key or clicked on it.
//   state  on       it sounds when it is told to
//          blocked  the browser waits for a key or a click, or can make no sound at all

const TONES = [[880, 0], [1175, 0.22]]; // Hz, and seconds after the start
const TONE_SECONDS = 0.18;
const EDGE_SECONDS = 0.015; // without it each tone begins and ends with a click
const LOUDNESS = 0.4;
const SILENT = 0.0001;
const GESTURES = ["keydown", "click", "touchend"];

export class Speaker {
  // onChange(state)  its state changed
  constructor(onChange) {
    this.onChange = onChange;
    this.state = null;
    this.context = newContext();
    this.playing = [];
    this.unlock = this.unlock.bind(this);
  }

  begin() {
    for (const gesture of GESTURES) document.addEventListener(gesture, this.unlock);
    if (this.context !== null) this.context.onstatechange = () => this.note();
    this.unlock();
  }

  // Whether a key or a click would help.
  get isAsking() {
    return this.state === "blocked" && this.context !== null;
  }

  // Browsers that allow it at once need no gesture; a system that took the sound away may give it back.
  unlock() {
    if (this.context !== null && this.context.state !== "running") attempt(() => this.context.resume());
    this.note();
  }

  sound() {
    this.unlock();
    if (this.state === "on") attempt(() => this.play());
  }

  stop() {
    for (const oscillator of this.playing) attempt(() => oscillator.stop());
    this.playing = [];
  }

  end() {
    for (const gesture of GESTURES) document.removeEventListener(gesture, this.unlock);
    this.stop();
    if (this.context === null) return;
    this.context.onstatechange = null;
    attempt(() => this.context.close());
  }

  play() {
    this.stop();
    this.playing = TONES.map(([hertz, after]) => tone(this.context, hertz, this.context.currentTime + after));
  }

  note() {
    const state = this.context !== null && this.context.state === "running" ? "on" : "blocked";
    if (state === this.state) return;
    this.state = state;
    this.onChange(state);
  }
}

function tone(context, hertz, from) {
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  const until = from + TONE_SECONDS;
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(SILENT, from);
  gain.gain.linearRampToValueAtTime(LOUDNESS, from + EDGE_SECONDS);
  gain.gain.setValueAtTime(LOUDNESS, until - EDGE_SECONDS);
  gain.gain.linearRampToValueAtTime(SILENT, until);
  oscillator.connect(gain);
  gain.connect(context.destination);
  oscillator.onended = () => gain.disconnect();
  oscillator.start(from);
  oscillator.stop(until);
  return oscillator;
}

function newContext() {
  const Context = window.AudioContext || window.webkitAudioContext;
  return Context === undefined ? null : attempt(() => new Context());
}

// Sound is an extra: whatever fails in it, the page goes on.
function attempt(task) {
  try {
    const done = task();
    if (done && done.catch) done.catch(() => {});
    return done;
  } catch (error) {
    return null;
  }
}
