// The server's clock: as last heard, plus what this device has counted since. Its time of day plays no part.

export class ServerClock {
  // `at`: an instant, in ms; `local`: what the clocks of the board show then, in ms as if they showed UTC.
  constructor(at, local) {
    this.set(at, local);
    this.setAt = pageSentAt();
  }

  set(at, local) {
    this.at = at;
    this.ahead = local - at;
    this.setAt = performance.now();
  }

  now() {
    return this.at + this.elapsed();
  }

  local() {
    return this.now() + this.ahead;
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
