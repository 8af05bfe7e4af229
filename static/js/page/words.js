// What the scripts of a page say by themselves: its words stand in the page, put there by app/words/words.py.

const PLACE = /\{(\w+)\}/g;
const THOUSANDS = /\B(?=([0-9]{3})+$)/g;

let words = null;
let source = null; // the element that they were read from: a screen link puts another page into the same window

// The message of a key `section.name`, its {places} filled.
export function say(key, values) {
  return filled(messages()[key], values);
}

// The same, of a count `n`: a message may be a list of what is said of none, one and more.
export function sayCount(key, n, values) {
  const forms = messages()[key];
  return filled(Array.isArray(forms) ? forms[Math.min(n, forms.length - 1)] : forms, Object.assign({ n: count(n) }, values));
}

// A count of things on the page, as its language writes it.
export function count(n) {
  return String(n).replace(THOUSANDS, messages().group);
}

function filled(message, values) {
  return message.replace(PLACE, (place, name) => values[name]);
}

function messages() {
  const element = document.getElementById("words");
  if (element !== source) words = JSON.parse(element.textContent);
  source = element;
  return words;
}
