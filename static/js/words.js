// What the page says, and how its language writes numbers: the messages stand in the page itself, put there by
// app/words/words.py, whose rules these are.

const PLACE = /\{(\w+)\}/g;
const MINUS = "−";

let spoken = null;

// The message of a key `section.name`, its {places} filled. One with plural forms takes that of the value `n`.
export function say(key, values) {
  const { catalogue, plurals } = speech();
  const message = catalogue[key];
  const form = typeof message === "string" ? message : message[plurals.select(values.n)];
  return form.replace(PLACE, (place, name) => shown(values[name]));
}

// Whether the page has a message of that key.
export function has(key) {
  return Object.prototype.hasOwnProperty.call(speech().catalogue, key);
}

export function language() {
  return speech().language;
}

// Digits in groups of thousands, as many as there are: amounts have more than a number holds.
export function grouped(digits) {
  const { group } = speech();
  return digits.replace(/^0+(?=[0-9])/, "").replace(/\B(?=([0-9]{3})+$)/g, group);
}

// A number in decimal notation, as in "-1234.50".
export function numeral(text) {
  const [whole, decimals] = text.replace("-", "").split(".");
  const unsigned = grouped(whole) + (decimals ? speech().point + decimals : "");
  return text.startsWith("-") ? MINUS + unsigned : unsigned;
}

function shown(value) {
  return typeof value === "number" ? numeral(String(value)) : value;
}

// Made when first asked for: making formats costs a TV milliseconds.
function speech() {
  if (spoken === null) {
    const element = document.getElementById("words");
    const tongue = document.documentElement.lang;
    const parts = new Intl.NumberFormat(tongue).formatToParts(-1234567.8);
    const sign = (type) => parts.find((part) => part.type === type).value;
    spoken = {
      language: tongue,
      catalogue: JSON.parse(element.textContent),
      plurals: new Intl.PluralRules(tongue),
      group: sign("group"),
      point: sign("decimal"),
    };
  }
  return spoken;
}
