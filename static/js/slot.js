// Writing to the page only what differs from what it already says.

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// null takes the attribute away.
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
