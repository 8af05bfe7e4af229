// The wall as it was. Elements are defined before the one that paints them.

import "./elements/live-value.js";
import "./elements/channel-list.js";
import "./elements/live-text.js";
import "./elements/board-chart.js";
import "./elements/chart-ticks.js";
import "./elements/age-bar.js";
import "./elements/as-of.js";
import "./elements/board-notes.js";
import "./elements/figure-note.js";
import "./elements/past-player.js";
