// Where a picture stands against burn-in: a pixel further each minute, there and back over 5 x 5 places. Only to the left
// and upwards, into the padding, since a page that is moved the other way overflows.

const SIDE = 5;
const LAST = SIDE * SIDE - 1;
const STEP_MS = 60000;

// [x, y] in pixels at an instant in ms.
export function driftAt(now) {
  const step = Math.floor(now / STEP_MS) % (2 * LAST);
  const place = Math.min(step, 2 * LAST - step);
  const row = Math.floor(place / SIDE);
  const column = place % SIDE;
  return [row % 2 === 0 ? -column : column - (SIDE - 1), -row];
}
