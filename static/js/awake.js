// Keeps the screen from going dark, where the browser can be asked to (Screen Wake Lock; https or this very machine).

const AGAIN_MS = 60000; // a browser takes it back whenever it likes, also from a page that is seen

export class Awake {
  constructor() {
    this.lock = null;
    this.askedAt = -Infinity;
    this.isOver = false;
  }

  // To be called again and again, and when the page is seen again.
  keep() {
    const isKept = this.lock !== null && !this.lock.released;
    if (!navigator.wakeLock || document.hidden || isKept || performance.now() - this.askedAt < AGAIN_MS) return;
    this.askedAt = performance.now();
    navigator.wakeLock.request("screen").then((lock) => this.take(lock), () => {});
  }

  // A browser takes it back from a hidden page.
  seen() {
    this.askedAt = -Infinity;
    this.keep();
  }

  end() {
    this.isOver = true;
    if (this.lock !== null) this.lock.release();
    this.lock = null;
  }

  take(lock) {
    this.lock = lock;
    if (this.isOver) this.end();
  }
}
