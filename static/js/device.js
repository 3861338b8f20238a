// A copy of unsaved words on this device, until the server has them. Signing out wipes it.

const PREFIX = "words";
const ALONE = ["csrf_token", "version", "creation_key", "photographs", "apart", "sharing", "stage_was"]; // is not copied

const store = {
  get: (key) => JSON.parse(localStorage.getItem(key) ?? "null"),
  keys: () => Object.keys(localStorage),
};

// `page` names what is written: an entry's id, or "new." with the key under which it will be made, and before
// the key what the page was opened for, if anything: "retells=ID" or "prompt=ID".
const keyOf = (person, page) => `${PREFIX}:${person}:${page}`;

export const newPage = (purpose, key) => `new.${purpose ? `${purpose}.` : ""}${key}`;

// A browser may refuse to store anything; then there is no copy, and writing goes on.
// `refused`: the field and the sentence with which the server did not take just this, if it said so.
export function put(person, page, fields, version, refused) {
  try {
    localStorage.setItem(keyOf(person, page), JSON.stringify({ fields, version, refused, at: Date.now() }));
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

// The copies of entries that the server has never seen, the latest first, but what another tab is still writing.
export async function findNew(person) {
  try {
    const held = new Set((await navigator.locks?.query())?.held.map((lock) => lock.name));
    const start = keyOf(person, "new.");
    const copies = store
      .keys()
      .filter((key) => key.startsWith(start) && !held.has(key))
      .map((key) => ({ ...named(key.slice(start.length)), ...store.get(key) }));
    return copies.sort((a, b) => b.at - a.at);
  } catch {
    return [];
  }
}

function named(rest) {
  const dot = rest.lastIndexOf(".");
  return { page: `new.${rest}`, purpose: rest.slice(0, Math.max(dot, 0)), key: rest.slice(dot + 1) };
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
    else if (found.length && offers(control, found[0])) control.value = found[0];
  }
}

const offers = ({ options }, value) => !options || [...options].some((option) => option.value === value);
