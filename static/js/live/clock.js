// The server's clock: as last heard, plus what this device has counted since. Its time of day plays no part.

export class ServerClock {
  constructor(at) {
    this.at = at;
    this.setAt = pageSentAt();
  }

  set(at) {
    this.at = at;
    this.setAt = performance.now();
  }

  now() {
    return this.at + this.elapsed();
  }

  // ms since the server was last heard; at first, since the page was sent, however long its scripts took to load.
  elapsed() {
    return performance.now() - this.setAt;
  }
}

// As performance.now() counts.
function pageSentAt() {
  const { navigationStart, responseStart } = performance.timing || {};
  const sentAt = responseStart - navigationStart;
  return sentAt >= 0 ? sentAt : performance.now(); // timings may be missing
}
