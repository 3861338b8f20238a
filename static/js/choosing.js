// A long list of entries to tick: found by a word, gone through by arrow keys, ticked from one to another.

const list = document.querySelector(".picks");

if (list) {
  const rows = [...list.children].map((row) => ({
    row,
    box: row.querySelector("input"),
    words: row.textContent.toLocaleLowerCase(),
  }));
  const form = list.closest("form");
  const byHand = form.elements.by_hand;
  const picked = document.getElementById("picked");
  const search = document.getElementById("pick");
  let last = null; // the row that was ticked last
  let here = rows.find(({ box }) => box.checked) ?? rows[0];

  const shown = () => rows.filter(({ row }) => !row.hidden);

  // All in one field, since a form with thousands of fields is refused
  const together = document.createElement("input");
  together.type = "hidden";
  together.name = "chosen";
  list.after(together);
  rows.forEach(({ box }) => box.removeAttribute("name"));

  const count = () => {
    const chosen = rows.filter(({ box }) => box.checked);
    together.value = chosen.map(({ box }) => box.value).join(" ");
    picked.textContent = picked.dataset.picked.replace("{chosen}", chosen.length).replace("{total}", rows.length);
  };

  // One stop for the Tab key, however many entries there are
  const stand = (at) => {
    here.box.tabIndex = -1;
    here = at;
    here.box.tabIndex = 0;
  };

  const changed = (byUser) => {
    count();
    if (byUser) {
      byHand.checked = true;
      byHand.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };

  rows.forEach(({ box }) => (box.tabIndex = -1));
  stand(here);

  search.addEventListener("input", () => {
    const wanted = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    for (const { row, words } of rows) row.hidden = !wanted.every((word) => words.includes(word));
    const [first] = shown();
    if (here.row.hidden && first) stand(first);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "ArrowDown" && !here.row.hidden) {
      event.preventDefault();
      here.box.focus();
    }
  });

  list.addEventListener("keydown", (event) => {
    const among = shown();
    const at = among.indexOf(here);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: among.length - 1, PageDown: at + 10, PageUp: at - 10 };
    if (!(event.key in to)) return;
    event.preventDefault();
    stand(among[Math.max(0, Math.min(among.length - 1, to[event.key]))]);
    here.box.focus();
  });

  list.addEventListener("click", (event) => {
    const one = rows.find(({ box }) => box === event.target);
    if (!one) return;
    if (event.shiftKey && last) {
      const among = shown();
      const [low, high] = [among.indexOf(last), among.indexOf(one)].sort((a, b) => a - b);
      if (low >= 0) for (const { box } of among.slice(low, high + 1)) box.checked = one.box.checked;
    }
    last = one;
    stand(one);
    changed(true);
  });

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tick]");
    if (!button) return;
    for (const { box } of shown()) box.checked = button.dataset.tick === "all";
    changed(true);
  });
  count();
}
