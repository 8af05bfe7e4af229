// The document of a board: merging patches into it and looking values up. Pure.

// RFC 7396. Shares what did not change with `target`, and changes nothing that others hold.
export function applyPatch(target, patch) {
  if (!isObject(patch)) return patch;

  const result = Object.assign(Object.create(null), isObject(target) ? target : undefined);
  for (const key of Object.keys(patch)) {
    if (patch[key] === null) delete result[key];
    else result[key] = applyPatch(result[key], patch[key]);
  }
  return result;
}

// The value at a dotted path, or undefined. The last key may hold dots itself, as a channel's name can.
export function lookUp(document, path) {
  if (!isObject(document)) return undefined;
  if (holds(document, path)) return document[path];

  const dot = path.indexOf(".");
  const head = path.slice(0, dot);
  return dot !== -1 && holds(document, head) ? lookUp(document[head], path.slice(dot + 1)) : undefined;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function holds(object, key) {
  return Object.prototype.hasOwnProperty.call(object, key);
}
