// Upgrades the first page.

import "./elements/last-posts.js";
