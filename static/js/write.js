// The writing page. What is typed is on this device within half a second, on the server within two;
// nothing is sent while an input method is composing, and nothing overwrites what another page has saved.

import "../vendor/markdown-toolbar-element/index.js";
import * as device from "./device.js";
import { send } from "./request.js";

const COPY_MS = 300;
const PAUSE_MS = 700;
const LONGEST_MS = 8000; // of writing without a pause
const RETRY_MS = 8000;
const PREVIEW_MS = 400;
const MARKS = ["kinds", "before", "after", "helped", "retells"];

const form = document.querySelector("form.writing");
const { person } = form.dataset;
const say = form.dataset;
const field = (name) => form.elements[name];
const words = field("body");
const title = field("title");
const status = form.querySelector(".saved");
const language = document.documentElement.lang;

let composing = false;
let dirty = false;
let stopped = false; // by a conflict or a sign-in that was put off, until somebody decides
let saving = null;
let marksSaved = "";

// ---------------------------------------------------------------- what is on the page

const page = () => form.dataset.entry || `new.${field("creation_key").value}`;
const marks = () => JSON.stringify(device.fields(form).filter(([name]) => MARKS.includes(name)));
const textOf = (copied) => copied.filter(([name]) => ["title", "body"].includes(name)).map(([, value]) => value);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const blank = () => !words.value.trim() && !title.value.trim();

// ---------------------------------------------------------------- what is said

function tell(sentence, kind = "saved") {
  const icon = document.getElementById(`icon-${kind}`)?.content.cloneNode(true) ?? "";
  const text = document.createElement("span");
  text.textContent = sentence;
  status.classList.toggle("waiting", kind !== "saved");
  status.replaceChildren(icon, text);
}

function showError(name, sentence) {
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
  (control.closest(".choices, .chips, .stage-choice, label") ?? control).after(line);
  for (let outer = control.closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
  tell(say.unsaved, "error");
  return line;
}

function clearErrors() {
  for (const line of form.querySelectorAll("p.error")) line.remove();
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  }
}

// ---------------------------------------------------------------- saving

let copyTimer, pauseTimer, longestTimer, retryTimer;

function changed() {
  dirty = true;
  if (composing) return;
  copyTimer ??= setTimeout(copy, COPY_MS);
  clearTimeout(pauseTimer);
  pauseTimer = setTimeout(save, PAUSE_MS);
  longestTimer ??= setTimeout(save, LONGEST_MS);
}

function copy() {
  clearTimeout(copyTimer);
  copyTimer = undefined;
  if (dirty && !blank()) device.put(person, page(), device.fields(form), field("version").value);
}

function clearTimers() {
  for (const timer of [pauseTimer, longestTimer, retryTimer]) clearTimeout(timer);
  longestTimer = undefined;
}

function save() {
  clearTimers();
  if (composing || !dirty || stopped || blank()) return saving ?? Promise.resolve();
  // Others read this entry: a sentence that is half thought stays here until its author saves it
  if (say.held) {
    copy();
    tell(say.held, "waiting");
    return Promise.resolve();
  }
  saving ??= put().finally(() => {
    saving = null;
    if (dirty && !stopped && !retryTimer) changed();
  });
  return saving;
}

async function put() {
  copy();
  dirty = false;
  retryTimer = undefined;
  tell(say.saving, "none");
  const body = new FormData(form);
  const marked = marks();
  body.set("do", "auto");
  body.delete("photographs");
  if (marked === marksSaved) body.delete("marks");
  const result = await request(form.action, body);
  if (!result) return;
  if (result.ok) {
    marksSaved = marked;
    saved(result.answer);
  } else refused(result);
}

// Resolves to nothing where there is no network: then it is tried again.
async function request(address, body) {
  body.delete("csrf_token"); // the header carries the one that holds after signing in again
  try {
    return await send(address, body);
  } catch {
    dirty = true;
    tell(say.offline, "waiting");
    retryTimer = setTimeout(save, RETRY_MS);
    return null;
  }
}

function saved(answer) {
  const before = page();
  form.dataset.entry = answer.entry;
  form.action = answer.url;
  field("version").value = answer.version;
  field("apart").value = "";
  if (location.pathname !== answer.url) history.replaceState(null, "", answer.url);
  if (before !== page()) device.drop(person, before);
  if (!dirty && !waitingMarks()) device.drop(person, page());
  clearErrors();
  document.getElementById("word-count").textContent = answer.words;
  tell(answer.saved);
}

// Answers without a kind are not taken by the server yet, so the copy stays
const waitingMarks = () =>
  !form.querySelector("[name=kinds]:checked") && ["before", "after", "helped"].some((name) => field(name)?.value.trim());

function refused({ status: code, answer }) {
  dirty = true;
  if (code === 409 && answer.error === "stale") return conflict(answer.current_title, answer.current_body, answer.version);
  if (code === 422) {
    if (answer.version) saved(answer);
    stopped = true; // until something is changed
    return showError(answer.field, answer.message);
  }
  if (code === 401) {
    stopped = true;
    tell(say.signedOut, "waiting");
    const button = document.getElementById("sign-in-again-button").content.firstElementChild.cloneNode(true);
    button.addEventListener("click", again);
    return status.append(button);
  }
  tell(answer.message ?? say.unsaved, "error");
  if (code < 500 && code !== 429) stopped = true; // trying again would change nothing
  else retryTimer = setTimeout(save, RETRY_MS);
}

function again() {
  stopped = false;
  save();
}

// ---------------------------------------------------------------- two texts of one entry

function conflict(theirTitle, theirText, version) {
  stopped = true;
  copy();
  form.querySelector(".conflict")?.remove();
  const both = document.getElementById("conflict").content.firstElementChild.cloneNode(true);
  const mine = [title.value, words.value];
  const theirs = [theirTitle, theirText];
  for (const [name, text] of Object.entries({ mine, theirs })) {
    both.querySelector(`[data-text=${name}]`).textContent = text.filter(Boolean).join("\n\n");
  }
  const choose = {
    mine: () => mine,
    theirs: () => theirs,
    both: () => [mine[0] || theirs[0], `${theirs[1]}\n\n${mine[1]}`],
  };
  both.addEventListener("click", (event) => {
    const chosen = event.target.dataset?.choose;
    if (!chosen) return;
    [title.value, words.value] = choose[chosen]();
    field("version").value = version;
    field("apart").value = "1"; // what the other page saved stays in the history
    both.remove();
    stopped = false;
    dirty = chosen !== "theirs";
    if (dirty) save();
    else device.drop(person, page());
    words.focus();
  });
  form.querySelector(".column").prepend(both);
  tell(say.unsaved, "error");
  both.focus();
  both.scrollIntoView({ block: "start" });
}

// ---------------------------------------------------------------- typing, keeping, leaving

form.addEventListener("compositionstart", () => {
  composing = true;
  clearTimers();
});
form.addEventListener("compositionend", () => {
  composing = false;
  changed();
  preview();
});
form.addEventListener("input", (event) => {
  if (event.target.type === "file") return;
  if (stopped && !form.querySelector(".conflict") && !status.querySelector("button")) stopped = false;
  changed();
  preview();
});

form.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-keep]"));
  } else if (event.key === "Enter" && event.target === title) {
    event.preventDefault();
    words.focus();
  }
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter;
  if (button?.value === "preview") return turnPreview(button);
  if (button?.dataset.remove) return removePhotograph(button);
  clearTimers();
  await saving;
  if (stopped && form.querySelector(".conflict")) return form.querySelector(".conflict").scrollIntoView();
  clearTimers();
  copy();
  const keeps = button?.value !== "draft";
  const body = new FormData(form, button);
  body.set("do", keeps ? "keep" : "draft");
  stopped = true; // nothing is saved beside this
  const result = await request(form.action, body);
  stopped = false;
  if (!result) return;
  if (!result.ok) {
    const line = refused(result);
    return line?.previousElementSibling?.scrollIntoView({ block: "center" });
  }
  dirty = false;
  saved(result.answer);
  device.drop(person, page());
  if (keeps) location.assign(result.answer.page);
});

addEventListener("online", save);
addEventListener("pagehide", copy);
addEventListener("beforeunload", (event) => {
  if (say.held && dirty && !stopped) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  copy();
  if (document.hidden) save();
});

// ---------------------------------------------------------------- as it will read

const shown = document.getElementById("preview");
const asRead = shown.querySelector(".prose");
let previewTimer;

function preview() {
  clearTimeout(previewTimer);
  if (shown.hidden || composing) return;
  previewTimer = setTimeout(async () => {
    const body = new URLSearchParams({ body: words.value, entry: form.dataset.entry });
    const result = await send(say.preview, body).catch(() => null);
    if (result?.ok) asRead.innerHTML = result.answer.html; // made safe by the server
    asRead.lang = words.lang;
  }, PREVIEW_MS);
}

function turnPreview(button) {
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
  const holding = stages.filter(({ dataset: { from, to } }) => from && from <= day && (!to || day <= to));
  return holding.sort((a, b) => (a.dataset.from < b.dataset.from ? 1 : -1))[0];
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
  changed();
  words.focus();
});

// Chinese is set as Chinese while it is being written, too
words.addEventListener("input", () => {
  const han = words.value.match(/\p{Script=Han}/gu)?.length ?? 0;
  if (words.value) words.lang = han > (words.value.match(/[\p{Script=Latin}\d]+/gu)?.length ?? 0) ? "zh-CN" : "en";
});

// ---------------------------------------------------------------- photographs

const plates = document.getElementById("photographs");

async function addPhotographs(files) {
  const pictures = [...files].filter((file) => file.type.startsWith("image/") || /\.hei[cf]$/i.test(file.name));
  if (!pictures.length) return;
  if (!form.dataset.entry) await save();
  if (!form.dataset.entry) return showError("body", say.writeFirst);
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
    else showError("photographs", result?.answer.message ?? say.offline);
  }
  plates.querySelector("figure:last-child input")?.focus();
}

async function removePhotograph(button) {
  const result = await send(button.dataset.remove, new FormData()).catch(() => null);
  if (result?.ok) button.closest("figure").remove();
  else tell(result?.answer.message ?? say.offline, "error");
}

field("photographs").addEventListener("change", async (event) => {
  await addPhotographs(event.target.files);
  event.target.value = "";
});
for (const [name, files] of [["paste", (event) => event.clipboardData.files], ["drop", (event) => event.dataTransfer.files]]) {
  form.addEventListener(name, (event) => {
    if (!files(event).length) return;
    event.preventDefault();
    addPhotographs(files(event));
  });
}
form.addEventListener("dragover", (event) => {
  if (event.dataTransfer.types.includes("Files")) event.preventDefault();
});

// ---------------------------------------------------------------- words that were left on this device

async function restore() {
  const started = device.fields(form);
  const copied = form.dataset.entry ? device.find(person, page()) : await device.findNew(person);
  if (!form.dataset.entry) device.hold(person, page());
  if (!copied) return;
  if (!form.dataset.entry && !blank()) return;
  if (same(copied.fields, started)) return device.drop(person, page());
  if (!form.dataset.entry) {
    field("creation_key").value = copied.page.slice("new.".length);
    device.hold(person, page());
  }
  device.fill(form, copied.fields);
  hang();
  turnDay();
  sayReaders();
  dirty = true;
  const [theirTitle, theirText] = textOf(started);
  if (copied.version !== field("version").value && !same(textOf(copied.fields), textOf(started))) {
    return conflict(theirTitle, theirText, field("version").value);
  }
  tell(say.restored, "waiting");
  setTimeout(save, PAUSE_MS);
}

marksSaved = marks();
hang();
restore();
