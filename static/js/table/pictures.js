// The pictures of channels in a row, from the page's sprite, each with its count where there are several.

const SVG = "http://www.w3.org/2000/svg";

// `pictures`: pairs of a name and a count, which may be empty; the same list as long as nothing changed of it.
export function paintPictures(element, pictures) {
  if (element.pictures === pictures) return;
  element.pictures = pictures;
  element.textContent = "";
  for (const [name, number] of pictures) {
    element.append(picture(name));
    if (number) element.append(Object.assign(document.createElement("span"), { textContent: number }));
  }
}

function picture(name) {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("viewBox", "0 0 16 16");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  icon.append(use);
  return icon;
}
