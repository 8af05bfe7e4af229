// What this browser keeps for us, if it may keep anything: else it throws. `kind`: localStorage, or sessionStorage of a tab.

export function recall(kind, key) {
  try {
    return window[kind].getItem(key);
  } catch (error) {
    return null;
  }
}

export function keep(kind, key, value) {
  try {
    window[kind].setItem(key, value);
  } catch (error) {
    // then it is not known the next time
  }
}
