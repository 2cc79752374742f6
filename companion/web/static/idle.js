// A page that nobody uses is closed: two minutes before, it asks; then it shows nothing of anybody. What is done in one
// window counts for all of them. The service ends the session by itself; this only clears the screen in time.
const WARN_MS = 2 * 60 * 1000;
const TELL_MS = 30 * 1000;
const dialog = document.getElementById("idle");
const windows = "BroadcastChannel" in window ? new BroadcastChannel("companion-session") : null;

let usedAt = Date.now(); // when somebody did something, in any window
let knownAt = usedAt; // when the service heard of it last
let toldAt = 0; // when the other windows heard of it last
let timer = 0;

if (dialog) begin();

function begin() {
  const idle = Number(dialog.dataset.idle) * 1000;
  const door = document.querySelector("form[action$='/sign-out']");

  for (const kind of ["pointerdown", "keydown"]) {
    addEventListener(kind, () => { if (!dialog.open) used(); }, { passive: true });
  }
  // A computer that slept wakes with old timers: what counts is the clock.
  addEventListener("focus", check);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) check(); });
  // Back to a page that the browser kept: it may be of somebody who signed out meanwhile.
  addEventListener("pageshow", (event) => { if (event.persisted) { clear(); location.reload(); } });
  door.addEventListener("submit", () => tell("gone"));
  if (windows) windows.onmessage = ({ data }) => (data === "gone" ? leave() : heard());

  dialog.querySelector("[data-do=stay]").addEventListener("click", stay);
  dialog.querySelector("[data-do=leave]").addEventListener("click", signOut);
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); stay(); });
  tell("here");
  check();

  function check() {
    clearTimeout(timer);
    const left = usedAt + idle - Date.now();
    if (left <= 0) return close();
    if (usedAt > knownAt && knownAt + idle - Date.now() < idle / 3) remind();
    if (left > WARN_MS) {
      if (dialog.open) dialog.close();
      timer = setTimeout(check, Math.min(left - WARN_MS, idle / 4));
    } else {
      if (!dialog.open) dialog.showModal();
      timer = setTimeout(check, Math.min(left, 1000));
    }
  }

  function used() {
    const now = Date.now();
    if (now - toldAt > TELL_MS) tell("here");
    usedAt = now;
  }

  function heard() {
    usedAt = Date.now();
    if (dialog.open) check();
  }

  async function stay() {
    used();
    await remind();
    check();
  }

  // Who writes a long note asks the service for nothing, and is there all the same.
  async function remind() {
    const asked = Date.now();
    const token = document.querySelector("input[name=csrf_token]").value;
    const headers = { "X-CSRFToken": token };
    try {
      const answer = await fetch(dialog.dataset.stay, { method: "POST", headers, credentials: "same-origin" });
      if (answer.ok) knownAt = asked;
      else if (answer.status === 401) leave();
    } catch {
      return; // no network: the page goes when its time is over
    }
  }

  function signOut() {
    door.requestSubmit();
  }

  // The session ends with the page, although the service may have heard of it later than we did.
  function close() {
    navigator.sendBeacon(door.action, new FormData(door));
    leave();
  }

  function tell(what) {
    toldAt = Date.now();
    if (windows) windows.postMessage(what);
  }

  function leave() {
    clear();
    location.replace(dialog.dataset.gone);
  }

  function clear() {
    document.title = "";
    document.body.replaceChildren();
  }
}
