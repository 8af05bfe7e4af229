// Base of elements that listen to others: that, and whatever else they began, ends when they leave the page.

export class Listening extends HTMLElement {
  constructor() {
    super();
    this.endings = [];
  }

  // `types`: of events, as in "mouseleave focusout".
  listen(target, types, listener) {
    for (const type of types.split(" ")) {
      target.addEventListener(type, listener);
      this.atEnd(() => target.removeEventListener(type, listener));
    }
  }

  atEnd(task) {
    this.endings.push(task);
  }

  finish() {
    for (const task of this.endings.splice(0)) task();
  }

  disconnectedCallback() {
    this.finish();
  }
}
