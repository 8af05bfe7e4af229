// The page of all screens.

import "./elements/screen-list.js";
