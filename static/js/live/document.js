// The view document of a page: merging patches into it. Pure.

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

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
