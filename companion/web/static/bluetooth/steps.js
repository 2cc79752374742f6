// The page itself: one thing at a time, and the words that the service wrote for it in the reader's language.

export const byId = (id) => document.getElementById(id);

// Shows that step alone, and lets a screen reader begin at its heading.
export function show(id) {
  for (const step of document.querySelectorAll(".step")) step.hidden = step.id !== id;
  byId(id).querySelector("h1").focus();
}

// A sentence of the page's own list; {names} are filled in.
export function words(name, values = {}) {
  const said = byId("words").querySelector(`[data-for="${name}"]`).textContent;
  return said.replace(/\{(\w+)\}/g, (_, value) => values[value]);
}

export function whenClicked(id, act) {
  byId(id).addEventListener("click", act);
}

export const patient = () => byId("bluetooth").dataset.patient;
