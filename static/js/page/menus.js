// Menus are <details>: one closes on Escape, on a press beside it, and when another one opens.

const OPEN = "details.menu[open]";

document.addEventListener("click", (event) => closeBut(event.target.closest(OPEN)));
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(OPEN);
  if (event.key !== "Escape" || menu === null) return;
  closeBut(null);
  menu.querySelector("summary").focus();
});

function closeBut(kept) {
  for (const menu of document.querySelectorAll(OPEN)) {
    if (menu !== kept) menu.open = false;
  }
}
