// Makes what a page shows read as another page that the server has just rendered. What reads the same stays, and so do the
// elements of what differs: they keep the focus. The rows of a [data-list] are known by data-row; one that someone is
// editing is left alone.

import { setAttribute } from "./dom.js";

// All that both pages have under the same data-fresh.
export function freshen(page) {
  for (const element of document.querySelectorAll("[data-fresh]")) {
    const fresh = page.querySelector(`[data-fresh="${element.dataset.fresh}"]`);
    if (fresh !== null) update(element, fresh);
  }
}

export function update(element, fresh) {
  if (element.isEqualNode(fresh)) return;
  for (const { name } of Array.from(element.attributes)) {
    if (!fresh.hasAttribute(name)) element.removeAttribute(name);
  }
  for (const { name, value } of Array.from(fresh.attributes)) setAttribute(element, name, value);
  if (element.hasAttribute("data-list")) updateRows(element, fresh);
  else updateNodes(element, fresh);
}

function updateNodes(element, fresh) {
  const nodes = Array.from(element.childNodes);
  const freshNodes = Array.from(fresh.childNodes);
  for (const node of nodes.slice(freshNodes.length)) node.remove();
  freshNodes.forEach((freshNode, place) => {
    const node = nodes[place];
    if (node === undefined) element.append(document.importNode(freshNode, true));
    else if (node.nodeName !== freshNode.nodeName) node.replaceWith(document.importNode(freshNode, true));
    else if (node.nodeType === Node.ELEMENT_NODE) update(node, freshNode);
    else if (node.data !== freshNode.data) node.data = freshNode.data;
  });
}

function updateRows(list, freshList) {
  const rows = rowsOf(list);
  const freshRows = rowsOf(freshList);
  for (const [id, row] of rows) {
    if (!freshRows.has(id) && !isBeingEdited(row)) row.remove();
  }
  let previous = null;
  for (const [id, freshRow] of freshRows) {
    const row = rows.get(id) || document.importNode(freshRow, true);
    if (!isBeingEdited(row)) {
      update(row, freshRow);
      if (row.parentNode !== list || row.previousElementSibling !== previous) {
        list.insertBefore(row, previous === null ? list.firstElementChild : previous.nextSibling);
      }
    }
    previous = row;
  }
}

function rowsOf(list) {
  return new Map(Array.from(list.children, (row) => [row.dataset.row, row]));
}

// A field with the focus, something typed, or a menu that is open. The row itself may have the focus.
function isBeingEdited(row) {
  const focused = document.activeElement;
  const isTyped = (field) => field.type !== "hidden" && field.value !== field.defaultValue;
  if (row !== focused && row.contains(focused)) return true;
  return row.querySelector("details[open]") !== null || Array.from(row.querySelectorAll("input")).some(isTyped);
}
