// Writing to the page only what differs from what it already says.

// A text that is there gives way in its own node, so that what a user selected stays selected.
export function setText(element, text) {
  if (element.textContent === text) return;
  const only = element.firstChild;
  if (only !== null && only === element.lastChild && only.nodeType === Node.TEXT_NODE && text !== "") changeText(only, text);
  else element.textContent = text;
}

// Where the two differ, the new part comes before the old one goes: a selection that ended there ends behind the new.
function changeText(node, text) {
  const { data } = node;
  const shorter = Math.min(data.length, text.length);
  let start = 0;
  while (start < shorter && data[start] === text[start]) start += 1;
  let end = 0;
  while (end < shorter - start && data[data.length - 1 - end] === text[text.length - 1 - end]) end += 1;
  const added = text.slice(start, text.length - end);
  node.insertData(start, added);
  node.deleteData(start + added.length, data.length - start - end);
}

// null takes the attribute away.
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

// An attribute without a value.
export function setFlag(element, name, isSet) {
  setAttribute(element, name, isSet ? "" : null);
}

// A text whose numbers are large: what stands between them is in <small>, as app/web/render.py writes it.
export function setParts(element, text) {
  const parts = text.split(/([0-9]+)/);
  const nodes = parts.map((part, place) => (place % 2 === 1 || parts.length === 1 ? document.createTextNode(part) : small(part)));
  element.textContent = "";
  for (const node of nodes) element.appendChild(node);
}

function small(text) {
  const element = document.createElement("small");
  element.textContent = text;
  return element;
}
