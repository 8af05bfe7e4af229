// Every page of supervisors: its bar, and what some of them have within.

import "./elements/post-pulse.js";
import "./elements/copy-text.js";
import "./elements/fresh-lists.js";
import "./elements/latest-deliveries.js";
import "./elements/board-preview.js";
import "./elements/more-rows.js";
import "./page/keys.js";
import "./page/menus.js";
