// The pictures of channels in a row, from the page's sprite, each with its count where there are several.

const SVG = "http://www.w3.org/2000/svg";

// `pictures`: pairs of a name and a count, which may be empty.
export function paintPictures(element, pictures) {
  if (said(element) === pictures.map((pair) => pair.join(" ")).join()) return;
  element.textContent = "";
  for (const [name, number] of pictures) {
    element.append(picture(name));
    if (number) element.append(Object.assign(document.createElement("span"), { textContent: number }));
  }
}

function said(element) {
  const pictures = Array.from(element.querySelectorAll("use"), (use) => {
    const number = use.parentNode.nextElementSibling;
    return [use.getAttribute("href").slice(3), number !== null && number.localName === "span" ? number.textContent : ""];
  });
  return pictures.map((pair) => pair.join(" ")).join();
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
