// The sheet that is written on: what is said on it, how it will read, its day, stage and readers, photographs.
// It knows nothing of saving; write.js does that.

import { send } from "./request.js";

const PREVIEW_MS = 400; // after the last letter

export const form = document.querySelector("form.writing");
export const say = form.dataset;
export const field = (name) => form.elements[name];
export const words = field("body");
export const title = field("title");
const status = form.querySelector(".saved");
const language = document.documentElement.lang;

// ---------------------------------------------------------------- what is said

export function tell(sentence, kind = "saved") {
  const icon = document.getElementById(`icon-${kind}`)?.content.cloneNode(true) ?? "";
  const text = document.createElement("span");
  text.textContent = sentence;
  status.classList.toggle("waiting", kind !== "saved");
  status.replaceChildren(icon, text);
}

export function showError(name, sentence) {
  const found = name && field(name);
  const control = found instanceof RadioNodeList ? found[0] : found;
  if (!control || control.type === "hidden") return tell(sentence, "error");
  const line = document.createElement("p");
  line.className = "error";
  line.id = `${name}-refused`;
  line.setAttribute("role", "alert");
  line.append(document.getElementById("icon-error").content.cloneNode(true), sentence);
  clearErrors();
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", line.id);
  (control.type === "file" ? plates : (control.closest(".choices, .chips, .stage-choice, label") ?? control)).after(line);
  for (let outer = control.closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
  tell(say.unsaved, "error");
  return line;
}

export function clearErrors() {
  for (const line of form.querySelectorAll("p.error, .way-out")) line.remove();
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  }
}

// ---------------------------------------------------------------- as it will read

const shown = document.getElementById("preview");
const asRead = shown.querySelector(".prose");
let previewTimer;

export function preview() {
  clearTimeout(previewTimer);
  if (shown.hidden) return;
  previewTimer = setTimeout(async () => {
    const body = new URLSearchParams({ body: words.value, entry: form.dataset.entry });
    const result = await send(say.preview, body).catch(() => null);
    if (result?.ok) asRead.innerHTML = result.answer.html; // made safe by the server
    asRead.lang = words.lang;
  }, PREVIEW_MS);
}

export function turnPreview(button) {
  shown.hidden = !shown.hidden;
  button.setAttribute("aria-pressed", String(!shown.hidden));
  preview();
  if (!shown.hidden) shown.scrollIntoView({ block: "nearest" });
}

// ---------------------------------------------------------------- day, stage, readers, steps

const stages = [...(field("stage")?.options ?? [])];
const byDate = stages[0];

// The stage in which a day lies; of several the one begun last
function stageOn(day) {
  const spans = stages.flatMap((option) => (option.dataset.spans ?? "").split(" ").map((span) => [option, ...span.split("/")]));
  const holding = spans.filter(([, from, to]) => from && from <= day && (!to || day <= to));
  return holding.sort(([, a], [, b]) => (a < b ? 1 : -1))[0]?.[0];
}

function hang() {
  const proposed = stageOn(field("entry_date").value);
  if (!byDate) return;
  byDate.textContent = byDate.dataset.label.replace("{stage}", proposed?.textContent ?? say.noStage);
  const chosen = field("stage").selectedOptions[0];
  const stage = chosen === byDate ? proposed : chosen;
  const number = stage?.dataset.number;
  for (const place of [form, form.querySelector(".stage-choice .stage")]) {
    if (number) place.dataset.stage = number;
    else delete place.dataset.stage;
  }
  form.querySelector(".ribbon").hidden = !number;
}

export function sayFacts() {
  hang();
  turnDay();
  sayReaders();
}

function turnDay() {
  const day = new Date(`${field("entry_date").value}T12:00:00`);
  if (Number.isNaN(day.getTime())) return;
  const said = (options) => new Intl.DateTimeFormat(language, options).format(day);
  const [number, weekday, month] = form.querySelector(".folio").children;
  number.textContent = day.getDate();
  number.dateTime = field("entry_date").value;
  weekday.textContent = said({ weekday: "long" });
  month.textContent = said({ month: "long", year: "numeric" });
}

function sayReaders() {
  const names = [...form.querySelectorAll("[name=audiences]:checked")].map((box) => box.dataset.names);
  const readers = new Intl.ListFormat(language).format([say.you, ...names]);
  form.querySelector(".who-reads > span").textContent = names.length ? say.readers.replace("{readers}", readers) : say.onlyYou;
}

function offerSteps() {
  const chosen = field("framework").selectedOptions[0];
  const button = document.getElementById("put-steps");
  button.hidden = !chosen.dataset.steps;
  document.querySelector("#steps .margin-note").textContent = chosen.dataset.steps ?? field("framework").options[1].dataset.steps;
}

form.addEventListener("change", ({ target }) => {
  if (target.name === "entry_date") turnDay();
  if (["entry_date", "stage"].includes(target.name)) hang();
  if (target.name === "audiences") sayReaders();
  if (target.name === "framework") offerSteps();
});

document.getElementById("put-steps").addEventListener("click", () => {
  const steps = field("framework").selectedOptions[0].dataset.steps.split(" · ");
  words.value = [words.value.trim(), ...steps.map((step) => `### ${step}\n`)].filter(Boolean).join("\n\n");
  words.dispatchEvent(new Event("input", { bubbles: true }));
  words.focus();
});

// Chinese is set as Chinese while it is being written, too
words.addEventListener("input", () => {
  const han = words.value.match(/\p{Script=Han}/gu)?.length ?? 0;
  if (words.value) words.lang = han > (words.value.match(/[\p{Script=Latin}\d]+/gu)?.length ?? 0) ? "zh-CN" : "en";
});

// ---------------------------------------------------------------- how many words, as domain/text.py counts them

const HAN = "\\u3005\\u3007\\u3021-\\u3029\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}";
const LETTERS = `(?:(?![${HAN}])[\\p{L}\\p{N}])+`;
const JOINT = "[\u2019'.\\-\u2010\u2011\u00b7]|(?<=\\p{Nd})[,:/](?=\\p{Nd})|[\\u0300-\\u036f]+";
const COUNTED = new RegExp(`https?://[^\\s<>()${HAN}]+|[${HAN}]|${LETTERS}(?:(?:${JOINT})${LETTERS})*`, "gu");
const count = document.getElementById("word-count");

export function sayCount() {
  const number = words.value.normalize().replace(/\]\([^()\n]*\)/g, " ").match(COUNTED)?.length ?? 0;
  count.textContent = number === 1 ? count.dataset.one : count.dataset.many.replace("2", String(number));
}

// ---------------------------------------------------------------- two texts of one entry

// Lays both out, each as title and text; resolves with the name of the choice and its title and text.
export function chooseText(mine, theirs) {
  form.querySelector(".conflict")?.remove();
  const both = document.getElementById("conflict").content.firstElementChild.cloneNode(true);
  for (const [name, text] of Object.entries({ mine, theirs })) {
    both.querySelector(`[data-text=${name}]`).textContent = text.filter(Boolean).join("\n\n");
  }
  const texts = { mine, theirs, both: [mine[0] || theirs[0], `${theirs[1]}\n\n${mine[1]}`] };
  form.querySelector(".column").prepend(both);
  tell(say.unsaved, "error");
  both.focus();
  both.scrollIntoView({ block: "start" });
  return new Promise((resolve) => {
    both.addEventListener("click", ({ target }) => {
      const { choose } = target.dataset;
      if (!choose) return;
      both.remove();
      resolve({ choose, text: texts[choose] });
    });
  });
}

// ---------------------------------------------------------------- words that were left on this device

const BEGINNING = 60; // characters

// Says how they begin, and lets them be opened or let go of, until something else is written.
export function offerWords(text, open, discard) {
  const slip = document.getElementById("left-words").content.firstElementChild.cloneNode(true);
  const letters = [...text.replace(/\s+/g, " ")];
  const beginning = letters.length > BEGINNING ? `${letters.slice(0, BEGINNING).join("")}…` : letters.join("");
  slip.querySelector("[data-words]").textContent = slip.querySelector("[data-words]").textContent.replace("{words}", beginning);
  const close = (then) => () => {
    slip.remove();
    then();
  };
  slip.querySelector("[data-way=open]").addEventListener("click", close(open));
  slip.querySelector("[data-way=discard]").addEventListener("click", () => askToDiscard(close(discard)));
  form.addEventListener("input", () => slip.remove(), { once: true });
  form.querySelector(".column").prepend(slip);
}

function askToDiscard(discard) {
  const dialog = document.getElementById("discard");
  dialog.onclose = () => dialog.returnValue === "discard" && discard();
  dialog.returnValue = "";
  dialog.showModal();
}

// ---------------------------------------------------------------- words that the server will not take

// Two ways on, below the sentence that says why: the words as a file, and letting go of them.
export function offerWayOut(line, discard) {
  const ways = document.getElementById("way-out").content.firstElementChild.cloneNode(true);
  ways.querySelector("[data-way=download]").addEventListener("click", download);
  ways.querySelector("[data-way=discard]").addEventListener("click", () => askToDiscard(discard));
  line.after(ways);
}

function download() {
  const text = [title.value, words.value].filter((part) => part.trim()).join("\n\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
  link.download = `${field("entry_date").value || "diary"}.md`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// ---------------------------------------------------------------- photographs

const plates = document.getElementById("photographs");

// Photographs are sent by themselves, to an entry. `makeEntry` makes one where there is none yet.
export function takePhotographs(makeEntry) {
  const take = (files) => addPhotographs(files, makeEntry);
  field("photographs").addEventListener("change", async (event) => {
    await take(event.target.files);
    event.target.value = "";
  });
  for (const [name, files] of [["paste", (event) => event.clipboardData.files], ["drop", (event) => event.dataTransfer.files]]) {
    form.addEventListener(name, (event) => {
      if (!files(event).length) return;
      event.preventDefault();
      take(files(event));
    });
  }
  form.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  });
}

async function addPhotographs(files, makeEntry) {
  const pictures = [...files].filter((file) => file.type.startsWith("image/") || /\.hei[cf]$/i.test(file.name));
  const other = [...files].find((file) => !pictures.includes(file));
  const refuseOther = () => other && refusePhotograph(other, { message: say.notAPhotograph });
  if (!pictures.length) return refuseOther();
  if (!form.dataset.entry) await makeEntry();
  if (!form.dataset.entry) return form.querySelector("p.error") ?? refusePhotograph(pictures[0]);
  for (const picture of pictures) {
    const place = document.createElement("p");
    place.className = "plate coming";
    place.textContent = say.photographComing;
    plates.append(place);
    const body = new FormData();
    body.append("photographs", picture);
    const result = await send(say.photographs.replace("/0/", `/${form.dataset.entry}/`), body).catch(() => null);
    place.remove();
    if (result?.ok) plates.insertAdjacentHTML("beforeend", result.answer.html);
    else refusePhotograph(picture, result?.answer);
  }
  plates.querySelector("figure:last-child input")?.focus();
  refuseOther();
}

function refusePhotograph({ name }, answer) {
  const line = showError("photographs", answer?.message ?? say.photographLater.replace("{name}", name));
  line.scrollIntoView({ block: "center" });
  return line;
}

export async function removePhotograph(button) {
  const result = await send(button.dataset.remove, new FormData()).catch(() => null);
  if (result?.ok) button.closest("figure").remove();
  else tell(result?.answer.message ?? say.offline, "error");
}

hang();
