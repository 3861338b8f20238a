// The preview follows the choices; documents under way tell how far they are.

import { send } from "./request.js";

const SETTLE = 250; // milliseconds after the last change
const FIRST_LOOK = 150; // milliseconds: what is laid out already is bound in no time
const GROWS = 1.3; // each pause is so much longer than the one before
const LONGEST = 800; // milliseconds between two looks at a job

const form = document.querySelector("[data-preview]");
const shown = document.querySelector("[data-shown]");

if (form && shown) {
  let timer;
  let asked = 0;

  const look = async () => {
    const number = ++asked;
    try {
      const { ok, answer } = await send(form.dataset.preview, new FormData(form));
      if (number !== asked) return; // a later choice is on its way
      if (ok) shown.innerHTML = answer.html;
      else refuse(answer.message);
    } catch {
      // without a network the last preview stays
    }
  };

  const refuse = (message) => {
    const words = document.createElement("p");
    words.className = "error";
    words.textContent = message ?? "";
    shown.querySelector(".counts")?.replaceChildren(words);
  };

  form.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLE);
  });
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function follow(article) {
  const bar = article.querySelector("progress");
  const sentence = article.querySelector("[data-sentence]");
  const measure = article.querySelector("[data-measure]");
  for (let wait = FIRST_LOOK; ; wait = Math.min(wait * GROWS, LONGEST)) {
    await pause(wait);
    let job;
    try {
      job = await send(article.dataset.job, undefined, "GET");
    } catch {
      continue; // no network at the moment
    }
    if (!job.ok) return;
    const { state, done, total, sentence: words, measure: far, html } = job.answer;
    if (state !== "waiting" && state !== "running") {
      const made = document.createRange().createContextualFragment(html);
      const focused = article.contains(document.activeElement);
      const next = made.querySelector("a");
      article.replaceWith(made);
      if (focused) next?.focus();
      return;
    }
    if (total) {
      bar.max = total;
      bar.value = done;
    }
    measure.textContent = far; // outside of what is read aloud: it changes each second
    if (sentence.textContent !== words) sentence.textContent = words;
  }
}

document.querySelectorAll("[data-job]").forEach(follow);
