// Gives a question up, as an AbortController does, also in browsers without one (Chromium before 66) or in which it does
// not end a fetch (Safari before 12.1): there the transfer may go on, and its answer is dropped.

export class Canceller {
  constructor() {
    this.controller = "AbortController" in window ? new AbortController() : null;
    this.aborted = new Promise((_, reject) => {
      this.abort = () => {
        if (this.controller !== null) this.controller.abort();
        reject(new Error("given up"));
      };
    });
    this.aborted.catch(() => {}); // most are aborted when nobody waits any more
  }

  get signal() {
    return this.controller === null ? undefined : this.controller.signal;
  }
}
