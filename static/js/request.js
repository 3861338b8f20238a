// Requests by script: with the form token, and with the password asked for in place when the session has ended.

const meta = document.querySelector("meta[name=csrf-token]");

async function once(url, body, method) {
  const response = await fetch(url, {
    method,
    body,
    headers: { Accept: "application/json", "X-CSRFToken": meta.content },
  });
  const answer = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : {};
  if (answer.csrf) takeToken(answer.csrf);
  return { ok: response.ok, status: response.status, answer };
}

function takeToken(token) {
  meta.content = token;
  for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = token;
}

// Send `body` (FormData or URLSearchParams) and resolve to { ok, status, answer }.
// Rejects only when there is no network. A 401 opens the sign-in dialog; once signed in, the request goes again.
export async function send(url, body, method = "POST") {
  let result = await once(url, body, method);
  if (result.status === 400 && result.answer.error === "csrf") result = await once(url, body, method);
  if (result.status === 401 && (await signInAgain())) result = await once(url, body, method);
  return result;
}

let asking = null;

// Resolves to true when the same person has signed in again, to false when they closed the dialog.
export function signInAgain() {
  asking ??= ask().finally(() => (asking = null));
  return asking;
}

function ask() {
  const dialog = document.getElementById("sign-in-again");
  if (!dialog) return Promise.resolve(false);
  const form = dialog.querySelector("form");
  const problem = form.querySelector("[role=alert]");
  return new Promise((resolve) => {
    let signedIn = false;
    const submit = async (event) => {
      event.preventDefault();
      try {
        const result = await once(form.action, new FormData(form), "POST");
        if (result.ok) {
          signedIn = true;
          dialog.close();
          return;
        }
        problem.textContent = result.answer.message ?? "";
      } catch (reason) {
        problem.textContent = String(reason.message);
      }
      problem.hidden = !problem.textContent;
    };
    form.addEventListener("submit", submit);
    dialog.addEventListener(
      "close",
      () => {
        form.removeEventListener("submit", submit);
        form.reset();
        problem.hidden = true;
        resolve(signedIn);
      },
      { once: true },
    );
    dialog.showModal();
  });
}
