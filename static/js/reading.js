// Reading and answering: a passage to comment on, openers, what has been read, notes that fit beside the text.

import { send } from "./request.js";

const READ_MS = 2000;

// ---------------------------------------------------------------- Ctrl+Enter sends, but not while composing

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.keyCode === 229) return;
  const form = event.target.closest("form[data-send]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-primary]"));
});

// ---------------------------------------------------------------- “Answer” puts the caret into its field

for (const answering of document.querySelectorAll("details.answering")) {
  answering.addEventListener("toggle", () => answering.open && answering.querySelector("textarea").focus());
}

// ---------------------------------------------------------------- the answer at the foot of the page

const answer = document.querySelector("form[data-answer]");
if (answer) {
  const words = answer.elements.body;
  const quoted = answer.elements.quoted;
  const quoting = answer.querySelector(".quoting");
  const offer = answer.querySelector(".quote-it");
  const openers = [...answer.querySelectorAll("[data-opener]")];

  const open = (opener) => {
    const start = words.value && !words.value.endsWith("\n") ? `${words.value.trimEnd()}\n\n` : words.value;
    words.value = start + opener.dataset.opener;
    words.focus();
    words.setSelectionRange(words.value.length, words.value.length);
  };
  for (const opener of openers) {
    opener.addEventListener("pointerdown", (event) => event.preventDefault()); // on a phone they are there while one writes
    opener.addEventListener("click", () => open(opener));
  }
  document.addEventListener("keydown", (event) => {
    const number = event.altKey && !event.ctrlKey && event.code.match(/^Digit([1-3])$/)?.[1];
    if (!number || event.isComposing) return;
    event.preventDefault();
    open(openers[number - 1]);
  });

  // A selection in the text is offered as the passage; nothing is quoted that was only marked to be copied
  let passage = "";
  let language = "";
  document.addEventListener("selectionchange", () => {
    const selection = getSelection();
    const element = selection.anchorNode?.parentElement;
    if (selection.isCollapsed || !element?.closest("[data-quotable]")) {
      if (document.activeElement !== offer) offer.hidden = true;
      return;
    }
    const copy = selection.getRangeAt(0).cloneContents();
    for (const added of copy.querySelectorAll("sup > a[href^='#c'], del")) added.remove();
    passage = copy.textContent.replace(/\s+/g, " ").trim();
    language = element.closest("[lang]").lang;
    offer.hidden = !passage;
  });
  offer.addEventListener("pointerdown", (event) => event.preventDefault()); // the selection stays
  offer.addEventListener("click", () => {
    quoted.value = passage.slice(0, quoted.maxLength);
    quoted.lang = language;
    delete quoting.dataset.empty;
    offer.hidden = true;
    words.focus();
  });
  answer.querySelector("[data-unquote]").addEventListener("click", () => {
    quoted.value = "";
    quoting.dataset.empty = "";
    words.focus();
  });
}

// ---------------------------------------------------------------- what was before somebody's eyes for two seconds is read

const read = document.querySelector("[data-read]");
if (read) {
  let timer;
  const watch = () => {
    clearTimeout(timer);
    if (document.hidden) return;
    timer = setTimeout(() => {
      document.removeEventListener("visibilitychange", watch);
      const { revision, comments = "" } = read.dataset;
      send(read.dataset.read, new URLSearchParams({ revision, comments })).catch(() => {});
    }, READ_MS);
  };
  document.addEventListener("visibilitychange", watch);
  watch();
}

// ---------------------------------------------------------------- notes in the margin take part in the height of the page

const spread = document.querySelector(".with-margin:has(> .comments)");
if (spread) {
  const notes = [...spread.querySelectorAll(".comments > .comment")];
  const fit = () => {
    spread.style.minHeight = "";
    const floating = getComputedStyle(notes[0]).position === "absolute";
    const lowest = Math.max(...notes.map((note) => note.getBoundingClientRect().bottom));
    if (floating) spread.style.minHeight = `${lowest - spread.getBoundingClientRect().top}px`;
  };
  new ResizeObserver(fit).observe(spread);
  for (const note of notes) new ResizeObserver(fit).observe(note);
}
