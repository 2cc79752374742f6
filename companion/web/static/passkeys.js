// Passkeys. The service says what a key has to sign, the browser asks its owner, the service checks the answer. Where
// the browser knows no passkeys, or runs no scripts, the page shows its other ways only.
const RENEW_MS = 4 * 60 * 1000; // a challenge counts for five minutes

const box = document.querySelector("[data-passkey]");
const canDoIt = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;
let waiting = null;

if (box && canDoIt) begin();

function begin() {
  box.hidden = false;
  for (const part of document.querySelectorAll("[data-with-passkey]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-no-passkeys]")) part.hidden = true;
  box.querySelector("button").addEventListener("click", pressed);
  if (box.dataset.passkey === "sign-in") offerWhileTyping();
}

async function pressed(event) {
  const button = event.currentTarget;
  button.disabled = true;
  say("");
  stopWaiting();
  try {
    await (box.dataset.passkey === "register" ? register() : sign({}));
  } catch (error) {
    say(error.told || box.querySelector("[data-stopped]").textContent);
    if (box.dataset.passkey === "sign-in") offerWhileTyping();
  } finally {
    button.disabled = false;
  }
}

// The browser names the keys it has in the list under the login's field, beside passwords that it kept.
async function offerWhileTyping() {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const mine = (waiting = new AbortController());
  const again = setTimeout(() => { stopWaiting(); offerWhileTyping(); }, RENEW_MS);
  try {
    await sign({ mediation: "conditional", signal: mine.signal });
  } catch (error) {
    if (error.told) say(error.told);
  } finally {
    clearTimeout(again);
  }
}

function stopWaiting() {
  if (waiting) waiting.abort();
  waiting = null;
}

async function sign(how) {
  const asked = PublicKeyCredential.parseRequestOptionsFromJSON(await post(box.dataset.options, {}));
  if (how.signal?.aborted) return;
  const credential = await navigator.credentials.get({ publicKey: asked, ...how });
  await answer({ credential: credential.toJSON(), next: box.dataset.next });
}

async function register() {
  const asked = PublicKeyCredential.parseCreationOptionsFromJSON(await post(box.dataset.options, {}));
  const credential = await navigator.credentials.create({ publicKey: asked });
  await answer({ credential: credential.toJSON(), name: document.getElementById("name").value });
}

async function answer(body) {
  location.assign((await post(box.dataset.answer, body)).to);
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-CSRFToken": document.querySelector("main input[name=csrf_token]").value,
    },
    body: JSON.stringify(body),
    credentials: "same-origin",
  });
  const said = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
  if (!response.ok) throw Object.assign(new Error(`status ${response.status}`), { told: said.told });
  return said;
}

function say(words) {
  const place = box.querySelector("[role=alert]");
  place.hidden = !words;
  place.textContent = words;
}
