// The first page.

import "./elements/copy-text.js";
import "./elements/latest-deliveries.js";
