// The server's clock, as last heard plus what this device has counted since. Its own time of day plays no part.

export class ServerClock {
  constructor(at) {
    this.at = at;
    this.setAt = pageCameAt();
  }

  set(at) {
    this.at = at;
    this.setAt = performance.now();
  }

  now() {
    return this.at + this.elapsed();
  }

  // ms since the server was last heard; at first, since the page came, however long its scripts took.
  elapsed() {
    return performance.now() - this.setAt;
  }
}

// As performance.now() counts.
function pageCameAt() {
  const { navigationStart, responseStart } = performance.timing || {};
  const cameAt = responseStart - navigationStart;
  return cameAt >= 0 ? cameAt : performance.now(); // a browser need not tell
}
