// The wall. Elements are defined before the board that paints them.

import "./elements/live-value.js";
import "./elements/channel-list.js";
import "./elements/live-text.js";
import "./elements/board-chart.js";
import "./elements/chart-ticks.js";
import "./elements/age-bar.js";
import "./elements/as-of.js";
import "./elements/status-band.js";
import "./elements/figure-note.js";
import "./elements/wall-board.js";
