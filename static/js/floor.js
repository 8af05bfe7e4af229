// The floor. Elements are defined before the board that paints them.

import "./elements/live-text.js";
import "./elements/live-value.js";
import "./elements/as-of.js";
import "./elements/status-band.js";
import "./elements/figure-note.js";
import "./elements/alarm-care.js";
import "./elements/alarm-notice.js";
import "./elements/floor-filters.js";
import "./elements/copy-summary.js";
import "./elements/operator-table.js";
import "./elements/operator-panel.js";
import "./elements/team-table.js";
import "./elements/conversation-list.js";
import "./elements/comment-list.js";
import "./elements/live-summary.js";
import "./elements/floor-board.js";
