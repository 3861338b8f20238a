// The writing page. What is typed is on this device within half a second, on the server within two;
// nothing is sent while an input method is composing, and nothing overwrites what another page has saved.

import "../vendor/markdown-toolbar-element/index.js";
import * as device from "./device.js";
import { send } from "./request.js";
import * as sheet from "./sheet.js";
import { clearErrors, field, form, preview, say, showError, tell, title, words } from "./sheet.js";

const COPY_MS = 300;
const PAUSE_MS = 700;
const LONGEST_MS = 8000; // of writing without a pause
const RETRY_MS = 8000;
const MARKS = ["kinds", "before", "after", "helped", "retells"];

const { person } = form.dataset;

let composing = false;
let dirty = false;
let stopped = false; // by a conflict or a sign-in that was put off, until somebody decides
let saving = null;
let notTaken; // field and sentence, until something is changed
let marksSaved = "";

// ---------------------------------------------------------------- what is on the page

const page = () => form.dataset.entry || device.newPage(form.dataset.purpose, field("creation_key").value);
const marks = () => JSON.stringify(device.fields(form).filter(([name]) => MARKS.includes(name)));
const textOf = (copied) => copied.filter(([name]) => ["title", "body"].includes(name)).map(([, value]) => value);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const blank = () => !words.value.trim() && !title.value.trim();

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
  if (dirty && !blank()) device.put(person, page(), device.fields(form), field("version").value, notTaken);
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
  return saveNow();
}

function saveNow() {
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
  notTaken = undefined;
  if (location.pathname !== answer.url) history.replaceState(null, "", answer.url);
  if (before !== page()) device.drop(person, before);
  if (!dirty && !waitingMarks()) device.drop(person, page());
  clearErrors();
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
    return stop(answer);
  }
  if (code === 401) {
    stopped = true;
    tell(say.signedOut, "waiting");
    const button = document.getElementById("sign-in-again-button").content.firstElementChild.cloneNode(true);
    button.addEventListener("click", again);
    return form.querySelector(".saved").append(button);
  }
  if (code === 413) {
    return stop({ field: "body", message: answer.message });
  }
  tell(answer.message ?? say.unsaved, "error");
  if (code < 500 && code !== 429) stopped = true; // trying again would change nothing
  else retryTimer = setTimeout(save, RETRY_MS);
}

// Until something is changed. The same words are not sent again, not by the next page that finds them either.
function stop({ field: name, message }) {
  stopped = true;
  notTaken = { field: name, message };
  copy();
  const line = showError(name, message);
  if (line && name === "body" && !blank()) sheet.offerWayOut(line, discard);
  return line;
}

function again() {
  stopped = false;
  save();
}

// The copy goes, and the page comes back as the server has it.
function discard() {
  dirty = false;
  stopped = true;
  clearTimers();
  clearTimeout(copyTimer);
  device.drop(person, page());
  location.reload();
}

// What the other page saved stays in the history, whatever is chosen.
async function conflict(theirTitle, theirText, version) {
  stopped = true;
  copy();
  const { choose, text } = await sheet.chooseText([title.value, words.value], [theirTitle, theirText]);
  [title.value, words.value] = text;
  field("version").value = version;
  field("apart").value = "1";
  sheet.sayCount();
  stopped = false;
  dirty = choose !== "theirs";
  if (dirty) save();
  else device.drop(person, page());
  words.focus();
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
  sheet.sayCount();
});
form.addEventListener("input", (event) => {
  if (event.target.type === "file") return;
  if (stopped && !form.querySelector(".conflict") && !form.querySelector(".saved button")) stopped = false;
  notTaken = undefined;
  changed();
  if (composing) return;
  preview();
  sheet.sayCount();
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
  if (button?.value === "preview") return sheet.turnPreview(button);
  if (button?.dataset.remove) return sheet.removePhotograph(button);
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
    return line?.scrollIntoView({ block: "center" });
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

// ---------------------------------------------------------------- words that were left on this device

async function restore() {
  if (form.dataset.entry) return putBack(device.find(person, page()));
  const copies = await device.findNew(person);
  device.hold(person, page());
  if (!blank() || !copies.length) return;
  const ofThisPage = copies.find(({ purpose }) => purpose === form.dataset.purpose);
  if (ofThisPage && !ofThisPage.refused) return putBack(ofThisPage);
  offer(ofThisPage ?? copies[0]);
}

// Words of another page, or such as the server did not take, come onto this page by hand only.
function offer(copied) {
  const { purpose } = copied;
  const elsewhere = `${form.action}${purpose ? `?${purpose}` : ""}`;
  const open = () => (purpose === form.dataset.purpose ? putBack(copied) : location.assign(elsewhere));
  const [theirTitle, theirText] = textOf(copied.fields);
  sheet.offerWords(theirTitle?.trim() || theirText?.trim() || "", open, () => device.drop(person, copied.page));
}

function putBack(copied) {
  const started = device.fields(form);
  if (!copied) return;
  if (same(copied.fields, started)) return device.drop(person, page());
  if (!form.dataset.entry) {
    field("creation_key").value = copied.key;
    device.hold(person, page());
  }
  device.fill(form, copied.fields);
  sheet.sayFacts();
  sheet.sayCount();
  dirty = true;
  const [theirTitle, theirText] = textOf(started);
  if (copied.version !== field("version").value && !same(textOf(copied.fields), textOf(started))) {
    return conflict(theirTitle, theirText, field("version").value);
  }
  if (copied.refused) return stop(copied.refused);
  tell(say.restored, "waiting");
  setTimeout(save, PAUSE_MS);
}

marksSaved = marks();
sheet.takePhotographs(saveNow);
restore();
