// When a wall reloads without an order: within 3 minutes of a new build in a beat, and each night within 15 minutes of
// 04:00. At a random moment, since all screens hear and see the same.

import { UNORDERED } from "./navigate.js";
import { currentPath } from "./screen-link.js";

const BUILD_WITHIN_MS = 3 * 60 * 1000;
const NIGHT_WITHIN_MS = 15 * 60 * 1000;
const NIGHT_STARTS_MS = 4 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
const NEVER = Infinity;

export class AutoReload {
  // `build`: that of this page. `local`, here and below: as the clocks of the board show it, in ms.
  constructor(build, navigation, local) {
    this.build = build;
    this.navigation = navigation;
    this.buildRules = Object.assign({}, UNORDERED, { accepts: (found) => found !== build });
    this.buildDue = NEVER;
    this.nightDue = NEVER;
    this.night = nightOf(local);
  }

  // The build in a beat. While servers of two builds answer in turn, the page stays.
  hear(build) {
    if (build === this.build) {
      this.buildDue = NEVER;
      if (this.navigation.rules === this.buildRules) this.navigation.cancel();
    } else if (typeof build === "string" && this.buildDue === NEVER) {
      this.buildDue = performance.now() + Math.random() * BUILD_WITHIN_MS;
    }
  }

  tick(local) {
    this.watchTheNight(nightOf(local));
    // An order leads to a page that is new as well.
    if (this.navigation.isUnderWay() && this.navigation.rules !== this.buildRules) return;
    if (performance.now() >= this.nightDue) this.navigation.start(currentPath(), UNORDERED);
    else if (performance.now() >= this.buildDue) this.navigation.start(currentPath(), this.buildRules);
  }

  // The night changes at 04:00, and only forward: a clock that is set back, or an hour that comes twice, does not bring
  // it a second time. A page that loads after 04:00 begins in the next one.
  watchTheNight(night) {
    if (night > this.night) {
      this.night = night;
      this.nightDue = performance.now() + Math.random() * NIGHT_WITHIN_MS;
    }
  }
}

function nightOf(local) {
  return Math.floor((local - NIGHT_STARTS_MS) / DAY_MS);
}
