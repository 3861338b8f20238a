/* Search without a server: terms are looked up in small scripts beside this page, each loaded when it is needed.
   What they hold is told in portfolio/export/site_search.py. Words come into the page as text, never as markup. */
"use strict";

const portfolioIndex = (() => {
  const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
  const HAN = "\\u3005\\u3007\\u3021-\\u3029\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}\\u3041-\\u3096\\u309d-\\u309f\\u30a1-\\u30fa\\u30fc-\\u30ff";
  const RUNS = new RegExp(`([${HAN}]+)|(?:(?![${HAN}_])[\\p{L}\\p{N}])+`, "gu");
  const PAGE = 20; // results shown at once
  const TERMS_MOST = 32;
  const TYPING_MS = 150;

  const waiting = new Map(); // name of a script: what waits for its data
  const loaded = new Map(); // name of a script: the promise of its data
  let index = null;

  const take = (name, data) => {
    if (name === "") index = data;
    else waiting.get(name)?.(data);
  };

  const load = (name) => {
    if (!loaded.has(name)) {
      loaded.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        waiting.set(name, resolve);
        script.onerror = () => { loaded.delete(name); reject(new Error(name)); };
        script.src = `search/${name}.js`;
        document.head.append(script);
      }));
    }
    return loaded.get(name);
  };

  const numbers = (signs) => {
    const found = [];
    let last = 0, value = 0, shift = 1;
    for (const sign of signs) {
      const bits = SIGNS.indexOf(sign);
      value += (bits & 31) * shift;
      shift *= 32;
      if (bits < 32) { last += value; found.push(last); value = 0; shift = 1; }
    }
    return found;
  };

  /* As domain.text.query_terms: words, the last perhaps unfinished; of Chinese, pairs */
  const terms = (query) => {
    const folded = query.normalize("NFKC").toLowerCase().replaceAll("ß", "ss").normalize("NFKC");
    const found = new Map();
    for (const match of folded.matchAll(RUNS)) {
      const letters = Array.from(match[0]);
      if (match[1]) {
        if (letters.length === 1) found.set(letters[0], false);
        for (let i = 0; i + 1 < letters.length; i++) found.set(letters[i] + letters[i + 1], false);
      } else {
        const word = letters.slice(0, 64).join("");
        const last = match.index + match[0].length === folded.length;
        found.set(word, (found.get(word) ?? true) && last && letters.length > 1);
      }
    }
    return [...found].slice(0, TERMS_MOST);
  };

  const points = (text) => Array.from(text, (letter) => letter.codePointAt(0));
  /* Whether one comes after another in the order of code points, which is not JavaScript's own */
  const after = (one, other) => {
    const a = points(one), b = points(other);
    const n = a.findIndex((point, i) => point !== b[i]);
    return n >= 0 && (b[n] === undefined || a[n] > b[n]);
  };
  const scriptOf = (begin) => `t-${/^[a-z0-9]+$/.test(begin) ? begin : ["u", ...points(begin).map((point) => point.toString(16))].join("-")}`;

  const entriesWith = async ([term, prefix]) => {
    let at = index.begins.length - 1; // the last shard that begins no later than the term
    while (at > 0 && after(index.begins[at], term)) at--;
    const begins = index.begins.slice(at, at + 1);
    while (prefix && index.begins[++at]?.startsWith(term)) begins.push(index.begins[at]);
    const names = begins.map(scriptOf);
    const found = new Set();
    for (const lines of await Promise.all(names.map(load))) {
      for (const line of lines.split("\n")) {
        const space = line.indexOf(" ");
        const word = line.slice(0, space);
        if (word === term || (prefix && word.startsWith(term))) for (const n of numbers(line.slice(space + 1))) found.add(n);
      }
    }
    return found;
  };

  /* Numbers of the entries that have all terms, the newest first */
  const search = async (query) => {
    const sets = await Promise.all(terms(query).map(entriesWith));
    if (!sets.length) return [];
    sets.sort((a, b) => a.size - b.size);
    return [...sets[0]].filter((n) => sets.every((set) => set.has(n))).sort((a, b) => b - a);
  };

  const shown = async (number) => (await load(`e-${Math.floor(number / index.block)}`))[number % index.block];

  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    for (const key in attributes) if (attributes[key]) made.setAttribute(key, attributes[key]);
    made.textContent = text;
    return made;
  };

  const result = ([href, label, lang, day, opening, openingLang, who]) => {
    const item = element("li", "", { class: "line found" });
    const heading = element("h2", "", { lang, dir: "auto" });
    heading.append(element("a", label, { href }));
    item.append(heading);
    if (opening) item.append(element("p", opening, { lang: openingLang, dir: "auto" }));
    item.append(element("p", who ? `${who} · ${day}` : day, { class: "quiet" }));
    return item;
  };

  const begin = () => {
    const form = document.getElementById("search");
    const field = document.getElementById("q");
    const list = document.getElementById("results");
    const told = document.getElementById("told");
    const more = document.getElementById("more");
    const { none, one, many, broken } = told.dataset;
    let turn = 0, timer = 0, rest = [];

    const showMore = async (mine) => {
      const items = await Promise.all(rest.slice(0, PAGE).map(shown));
      if (mine !== turn) return null;
      rest = rest.slice(PAGE);
      more.hidden = !rest.length;
      const made = items.map(result);
      list.append(...made);
      return made[0];
    };
    const run = async () => {
      const mine = ++turn;
      const query = field.value;
      try {
        const found = await search(query);
        if (mine !== turn) return;
        list.replaceChildren();
        rest = found;
        told.textContent = !query.trim() ? "" : found.length === 0 ? none : found.length === 1 ? one : many.replace("{n}", found.length);
        await showMore(mine);
      } catch {
        if (mine === turn) { list.replaceChildren(); more.hidden = true; told.textContent = broken; }
      }
    };
    form.hidden = false;
    form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); run(); });
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(run, TYPING_MS); });
    more.addEventListener("click", async () => { (await showMore(turn))?.querySelector("a").focus(); });
    field.focus();
    if (field.value) run(); // a browser that came back to the page kept the words
  };

  document.addEventListener("DOMContentLoaded", begin);
  return { take };
})();
