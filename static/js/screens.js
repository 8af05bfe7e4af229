// The page of all screens.

import "./elements/board-turns.js";
import "./elements/copy-text.js";
import "./elements/screen-list.js";
