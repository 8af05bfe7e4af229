// How long to wait after so many failures in a row: more each time, and no two peers alike.

export function pauseAfter(failures, leastMs, mostMs) {
  return leastMs + Math.random() * Math.min(mostMs - leastMs, leastMs * 2 ** failures);
}
