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
