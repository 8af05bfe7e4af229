// How long to wait after failures in a row: twice as long each time, and different on every device.

export class Backoff {
  constructor(firstMs, mostMs) {
    this.firstMs = firstMs;
    this.mostMs = mostMs;
    this.failures = 0;
  }

  // To be called at each failure.
  pauseMs() {
    const ceiling = Math.min(this.mostMs, this.firstMs * 2 ** this.failures);
    this.failures += 1;
    return ceiling * (0.5 + Math.random() / 2);
  }

  reset() {
    this.failures = 0;
  }
}
