// The page of alerts.

import "./elements/fresh-lists.js";
