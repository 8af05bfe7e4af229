// The bar of every page of supervisors.

import "./elements/post-pulse.js";
import "./page/keys.js";
import "./page/menus.js";
