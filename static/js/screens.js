// The page of all screens.

import "./elements/copy-text.js";
import "./elements/fresh-lists.js";
import "./elements/more-rows.js";
