// What every page has: the theme turns at once, passwords can be looked at, dialogs open in older browsers too.

const root = document.documentElement;

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-switch]") || !event.submitter) return;
  event.preventDefault();
  const { value } = event.submitter;
  const body = new FormData(event.target, event.submitter);
  if (value === "system") delete root.dataset.theme;
  else root.dataset.theme = value;
  for (const button of event.target.querySelectorAll("[name=theme]")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
  fetch(event.target.action, { method: "POST", body, redirect: "manual" });
});

document.addEventListener("click", (event) => {
  const show = event.target.closest("[data-show]");
  if (show) {
    const input = document.getElementById(show.dataset.show);
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    show.setAttribute("aria-pressed", String(shown));
    [show.textContent, show.dataset.hideLabel] = [show.dataset.hideLabel, show.textContent];
    return;
  }
  const opener = event.target.closest("[commandfor]");
  if (opener && !("commandForElement" in opener)) {
    const dialog = document.getElementById(opener.getAttribute("commandfor"));
    if (opener.getAttribute("command") === "show-modal") dialog.showModal();
    else dialog.close();
  }
});

// A form is sent once: a second press while it is on its way does nothing
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
