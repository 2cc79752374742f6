// Single keys for whoever decides on many suggestions. A key presses what carries its name in `data-key`, if that is on
// the screen; so a key does nothing that a click could not, and help is never out of date. Off while a field has the
// focus; the file is not loaded for those who turned the keys off.

const NAMES = { Escape: "escape", Enter: "enter" };
const PATIENCE = 1500; // milliseconds between G and Q

let begun = "";
let begunAt = 0;

document.documentElement.classList.add("with-keys");

function isTyping(place) {
  return place instanceof Element && place.closest("input, textarea, select, [contenteditable]") !== null;
}

function isSeen(element) {
  return element.getClientRects().length > 0;
}

function rows() {
  return [...document.querySelectorAll("[data-row]")].filter(isSeen);
}

// Along the list while nothing is opened: the focus moves, and Enter is the link's own.
function moveAlong(step) {
  const all = rows();
  const at = all.indexOf(document.activeElement);
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
  if (next) next.focus();
}

function press(element) {
  if (element.matches("input, select, textarea")) element.focus();
  else if (element.dataset.opens) document.getElementById(element.dataset.opens).showModal();
  else element.click();
}

function keyOf(event) {
  return NAMES[event.key] ?? event.key.toLowerCase();
}

function withBeginning(key, at) {
  const isSecond = begun !== "" && at - begunAt < PATIENCE;
  const whole = isSecond ? `${begun} ${key}` : key;
  begun = !isSecond && key === "g" ? key : "";
  begunAt = at;
  return whole;
}

function isLeftToTheBrowser(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return true;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return true;
  // Enter on a link or a button is theirs.
  return event.key === "Enter" && event.target.closest("a, button, summary") !== null;
}

document.addEventListener("keydown", (event) => {
  if (isLeftToTheBrowser(event)) return;
  const key = withBeginning(keyOf(event), event.timeStamp);
  const named = [...document.querySelectorAll("[data-key]")].filter((each) => each.dataset.key === key);
  const found = named.find(isSeen);
  if (found) {
    event.preventDefault();
    press(found);
  } else if (key === "j" || key === "k") {
    moveAlong(key === "j" ? 1 : -1);
  }
});

for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
}
