// <alarm-care>: beside a board's name, the limits that are passed, in words, and a form by which someone takes care of those
// that are ticked. A menu: what appears in it moves nothing on the page.
//   waiting  some of them are an alarm that no one has seen: the button is there

import { setAttribute, setText } from "../page/dom.js";
import { mergeRows } from "../table/keyed-list.js";
