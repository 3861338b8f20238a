// A slip of paper laid into the page by script; the region announces it.

const region = document.getElementById("notices");

// `kind` is "", "good", "caution" or "danger". Returns the slip, to add to it or to take it away.
export function lay(sentence, kind = "good") {
  const slip = document.createElement("div");
  slip.className = `notice ${kind}`;
  const words = document.createElement("p");
  words.textContent = sentence;
  slip.append(words);
  region.append(slip);
  return slip;
}
