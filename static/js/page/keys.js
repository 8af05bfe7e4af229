// Keys of the pages of supervisors: / goes to the search, g and a letter to another page, ? opens the menu that lists them.
// Keys typed into a field are text, not shortcuts.

const PATIENCE_MS = 1500; // between g and its letter

let leaderAt = -Infinity;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const isSecond = performance.now() - leaderAt < PATIENCE_MS;
  leaderAt = event.key === "g" ? performance.now() : -Infinity;
  const aim = isSecond ? link(event.key) : aimOf(event.key);
  if (aim === null) return;
  event.preventDefault();
  if (aim.localName === "input") aim.focus();
  else aim.click();
});

function aimOf(key) {
  if (key === "/") return document.querySelector("main input[type=search]");
  return key === "?" ? document.querySelector(".menu .keys").closest("details").querySelector("summary") : null;
}

function link(key) {
  return Array.from(document.querySelectorAll(".bar > nav [data-go]")).find((found) => found.dataset.go === key) || null;
}
