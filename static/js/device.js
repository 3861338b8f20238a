// A copy of unsaved words on this device, until the server has them. Signing out wipes it.

const PREFIX = "words";
const ALONE = ["csrf_token", "version", "creation_key", "photographs", "apart", "sharing", "stage_was"]; // is not copied

const store = {
  get: (key) => JSON.parse(localStorage.getItem(key) ?? "null"),
  keys: () => Object.keys(localStorage),
};

// `page` names what is written: an entry's id, or "new." and the key under which it will be made.
const keyOf = (person, page) => `${PREFIX}:${person}:${page}`;

// A browser may refuse to store anything; then there is no copy, and writing goes on.
export function put(person, page, fields, version) {
  try {
    localStorage.setItem(keyOf(person, page), JSON.stringify({ fields, version, at: Date.now() }));
  } catch {
    return false;
  }
  return true;
}

export function drop(person, page) {
  try {
    localStorage.removeItem(keyOf(person, page));
  } catch {
    // there was none
  }
}

export function find(person, page) {
  try {
    return store.get(keyOf(person, page));
  } catch {
    return null;
  }
}

// The latest copy of an entry that the server has never seen, unless another tab is still writing it.
export async function findNew(person) {
  try {
    const held = new Set((await navigator.locks?.query())?.held.map((lock) => lock.name));
    const start = keyOf(person, "new.");
    const copies = store
      .keys()
      .filter((key) => key.startsWith(start) && !held.has(key))
      .map((key) => ({ page: key.slice(keyOf(person, "").length), ...store.get(key) }));
    return copies.sort((a, b) => b.at - a.at)[0] ?? null;
  } catch {
    return null;
  }
}

// Says to other tabs, for as long as this one is open, that this page is being written here.
export function hold(person, page) {
  navigator.locks?.request(keyOf(person, page), () => new Promise(() => {}));
}

// What a form says, as pairs of name and value.
export function fields(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !ALONE.includes(name));
}

// Lets a form say again what `copied` has of it.
export function fill(form, copied) {
  for (const control of form.elements) {
    if (ALONE.includes(control.name) || ["file", "hidden", "submit"].includes(control.type)) continue;
    const found = copied.filter(([name]) => name === control.name).map(([, value]) => value);
    if (control.type === "checkbox") control.checked = found.includes(control.value);
    else if (found.length) control.value = found[0];
  }
}
