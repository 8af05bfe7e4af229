// One question to our own server, put as a browser asks for a page: answered whole within 10 s, or an error.

const DEADLINE_MS = 10000;

// Aborting `canceller` gives the question up. `cache`: whether what the browser kept may answer, as fetch() has it.
export async function ask(address, canceller, cache = "no-store") {
  const deadline = setTimeout(() => canceller.abort(), DEADLINE_MS);
  try {
    const response = await fetch(address, {
      credentials: "same-origin",
      cache,
      headers: { Accept: "text/html, application/json" },
      signal: canceller.signal,
    });
    const { ok, redirected, status, url } = response;
    return { ok, redirected, status, url, text: await response.text() };
  } finally {
    clearTimeout(deadline);
  }
}
