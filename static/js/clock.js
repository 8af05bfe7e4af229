// The server's clock, as last heard plus what this device has counted since. Its own time of day plays no part.

export class ServerClock {
  constructor(at) {
    this.set(at);
  }

  set(at) {
    this.at = at;
    this.setAt = performance.now();
  }

  now() {
    return this.at + this.elapsed();
  }

  // ms since the server was last heard.
  elapsed() {
    return performance.now() - this.setAt;
  }
}
