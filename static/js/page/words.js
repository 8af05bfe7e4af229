// What the scripts of a page say by themselves: its words stand in the page, put there by app/words/words.py.

const PLACE = /\{(\w+)\}/g;
const THOUSANDS = /\B(?=([0-9]{3})+$)/g;

let words = null;

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

export function language() {
  return document.documentElement.lang;
}

function filled(message, values) {
  return message.replace(PLACE, (place, name) => values[name]);
}

function messages() {
  if (words === null) words = JSON.parse(document.getElementById("words").textContent);
  return words;
}
