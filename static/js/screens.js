// The page of all screens.

import "./elements/copy-text.js";
import "./elements/screen-list.js";
