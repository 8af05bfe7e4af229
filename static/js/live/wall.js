// What of a wall no element within it paints: its tiles past a limit, the worst of all, an alarm.

import { setAttribute, setFlag, setText } from "../page/dom.js";

export const WALL_PARTS = "channel-list, live-value, live-text, board-chart, chart-ticks, age-bar, as-of, board-notes";

export function paintWall(board, document) {
  setFlag(board, "waiting", document.texts.state !== undefined);
  for (const tile of board.querySelectorAll("[data-figure]")) {
    setAttribute(tile, "limit", document.states[tile.dataset.figure] || null);
  }
  paintWorst(board.querySelector(".worst"), document.worst);
  setFlag(board, "deserted", document.deserted !== undefined);
  const alarm = board.querySelector(".alarm .words");
  if (document.deserted !== undefined && alarm !== null) setText(alarm, document.deserted);
}

// Beside the board's name, since its tile may have no room on this screen.
function paintWorst(mark, worst) {
  setFlag(mark, "hidden", worst === undefined);
  setAttribute(mark, "state", worst === undefined ? null : worst.state);
  setText(mark.querySelector(".words"), worst === undefined ? "" : worst.text);
}
