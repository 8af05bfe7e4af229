// The pages of boards.

import "./elements/copy-text.js";
import "./elements/board-preview.js";
import "./elements/more-rows.js";
