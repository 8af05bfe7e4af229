// The page of a screen that is not paired yet.

import "./elements/screen-code.js";
