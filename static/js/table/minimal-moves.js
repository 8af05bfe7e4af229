// How to bring a list into another order with the fewest moves.

// The keys of `after` that can stay where they stand in `before`: the longest run of them that is in order already.
export function staying(before, after) {
  const places = new Map(before.map((key, place) => [key, place]));
  const kept = after.filter((key) => places.has(key));
  const ends = []; // of the best run of each length, as an index into `kept`
  const previous = [];
  kept.forEach((key, index) => {
    const length = lengthBelow(ends, (end) => places.get(kept[end]) < places.get(key));
    previous[index] = length === 0 ? -1 : ends[length - 1];
    ends[length] = index;
  });
  const run = new Set();
  for (let index = ends.length === 0 ? -1 : ends[ends.length - 1]; index !== -1; index = previous[index]) {
    run.add(kept[index]);
  }
  return run;
}

// How many of `ends`, which are in order, are below.
function lengthBelow(ends, isBelow) {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(ends[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}
