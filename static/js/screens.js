// The page of all screens.

import "./elements/copy-text.js";
import "./elements/more-rows.js";
import "./elements/screen-list.js";
