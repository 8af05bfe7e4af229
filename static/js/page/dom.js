// Writing to the page only what differs from what it already says.

// A text that is there gives way in its own node, so that a selection that begins or ends beside it stays.
export function setText(element, text) {
  if (element.textContent === text) return;
  const only = element.firstChild;
  if (only !== null && only === element.lastChild && only.nodeType === Node.TEXT_NODE && text !== "") only.data = text;
  else element.textContent = text;
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
