// Calls `paint` once, soon, however often it is asked to: in the next frame, or by a timer while no frames are drawn.

const HIDDEN_PAUSE_MS = 1000;

export class Painter {
  constructor(paint) {
    this.paint = paint;
    this.frame = 0;
    this.timer = 0;
  }

  request() {
    if (this.frame || this.timer) return;
    if (document.hidden) this.timer = setTimeout(() => this.paintNow(), HIDDEN_PAUSE_MS);
    else this.frame = requestAnimationFrame(() => this.paintNow());
  }

  paintNow() {
    this.cancel();
    this.paint();
  }

  cancel() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.frame = 0;
    this.timer = 0;
  }
}
