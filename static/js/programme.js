// A programme's stages are added, removed and moved in place; a link is copied.

const form = document.querySelector("[data-stages]");

if (form) {
  const rows = form.querySelector("[data-rows]");
  const template = document.getElementById("stage-row");
  const add = form.querySelector("[data-add]");
  let made = rows.children.length;

  const number = () => {
    [...rows.children].forEach((row, at) => {
      row.querySelector("[data-number]").textContent = at + 1;
      row.dataset.stage = (at % 10) + 1;
    });
    add.disabled = rows.children.length >= Number(form.dataset.most);
  };

  const blank = () => {
    made += 1;
    const row = template.content.firstElementChild.cloneNode(true);
    for (const part of row.querySelectorAll("[id], [for], [aria-describedby]")) {
      for (const name of ["id", "for", "aria-describedby"]) {
        const value = part.getAttribute(name);
        if (value) part.setAttribute(name, value.replaceAll("stage-0-", `stage-${made}-`));
      }
    }
    return row;
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add], [data-move]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-row]");
    if (button === add) {
      rows.append(blank());
      rows.lastElementChild.querySelector("[name=stage_name]").focus();
    } else if (button.dataset.move === "up") row.previousElementSibling?.before(row);
    else if (button.dataset.move === "down") row.nextElementSibling?.after(row);
    else {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (next?.querySelector("[name=stage_name]") ?? add).focus();
    }
    number();
    if (row?.isConnected) button.focus();
  });

  const zone = form.querySelector("[data-guess]");
  if (zone?.value === "UTC") {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (form.querySelector(`#zones option[value="${CSS.escape(here)}"]`)) zone.value = here;
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).href);
  button.querySelector("span").textContent = button.dataset.done;
});
