// Requests to our own server, of which each replaces the one before it.

const DEADLINE_MS = 10000;

// What a server answered, whole and within 10 s; `status` 0: nothing.
class Answer {
  constructor({ ok, redirected, status, url }, text) {
    Object.assign(this, { ok, redirected, status, url, text });
  }

  // As a page, or null.
  page() {
    return this.ok ? new DOMParser().parseFromString(this.text, "text/html") : null;
  }

  // As data, or null.
  data() {
    return this.ok ? parseJson(this.text) : null;
  }
}

const NO_ANSWER = new Answer({ ok: false, redirected: false, status: 0, url: "" }, "");

// `cache`: as fetch() has it. `form`: what is posted, if anything.
export async function request(address, canceller, cache = "no-store", form = null) {
  const deadline = setTimeout(() => canceller.abort(), DEADLINE_MS);
  try {
    const response = await fetch(address, {
      method: form === null ? "GET" : "POST",
      body: form,
      credentials: "same-origin",
      cache,
      headers: { Accept: "text/html, application/json" },
      signal: canceller.signal,
    });
    return new Answer(response, await response.text());
  } catch (error) {
    return NO_ANSWER;
  } finally {
    clearTimeout(deadline);
  }
}

export class LatestRequest {
  constructor() {
    this.canceller = null;
  }

  get isPending() {
    return this.canceller !== null;
  }

  // See `run`.
  fetch(address) {
    return this.run((canceller) => request(address, canceller));
  }

  // What a task comes to, or null if it fails. Once it is cancelled or replaced, its promise stays pending for ever.
  async run(task) {
    this.cancel();
    const canceller = new AbortController();
    this.canceller = canceller;
    const result = await task(canceller).catch(() => null);
    if (this.canceller !== canceller) return new Promise(() => {});
    this.canceller = null;
    return result;
  }

  cancel() {
    if (this.canceller !== null) this.canceller.abort();
    this.canceller = null;
  }
}

export function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return null;
  }
}
