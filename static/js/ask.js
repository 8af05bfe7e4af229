// One question to our own server, put as a browser asks for a page: answered whole within 10 s, or an error.

const DEADLINE_MS = 10000;

// Aborting `canceller`, a Canceller, gives the question up. `cache`: whether what the browser kept may answer, as fetch() has it.
export async function ask(address, canceller, cache = "no-store") {
  const deadline = setTimeout(() => canceller.abort(), DEADLINE_MS);
  try {
    return await Promise.race([canceller.aborted, answerTo(address, canceller.signal, cache)]);
  } finally {
    clearTimeout(deadline);
  }
}

async function answerTo(address, signal, cache) {
  const response = await fetch(address, {
    credentials: "same-origin",
    cache,
    headers: { Accept: "text/html, application/json" },
    signal,
  });
  const { ok, redirected, status, url } = response;
  return { ok, redirected, status, url, text: await response.text() };
}
