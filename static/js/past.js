// The wall as it was.

import "./elements/figure-note.js";
import "./elements/past-player.js";
