// The page without a network: shows what this device kept of the day, and keeps answers until they can be sent.
"use strict";

const store = self.companionOffline;
const language = () => document.documentElement.lang.slice(0, 2);
const time = (instant) => new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false }).format(instant);

let side = document.querySelector("[data-language=en]");

function speak(wanted) {
  side = document.querySelector(`[data-language="${wanted}"]`) || side;
  side.hidden = false;
  document.documentElement.lang = side.lang;
}

const put = (place, name, words) => {
  place.querySelector(`[data-put="${name}"]`).textContent = words;
};
const when = (place, name, is) => {
  for (const part of place.querySelectorAll(`[data-when="${name}"]`)) part.hidden = !is;
};

async function showWaiting() {
  const { length } = await store.waiting();
  put(side, "count", String(length));
  when(side, "waiting", length > 0);
}

async function answer(card, answered, shown) {
  for (const button of shown.querySelectorAll("button")) button.disabled = true;
  await store.add({ whose: card.whose, doses: card.doses, answer: answered, ...(answered === "later" ? { minutes: 10 } : {}) });
  when(shown, "open", false);
  when(shown, "given", true);
  await wish();
  await showWaiting();
  await send();
}

// Where the browser can, it sends them by itself once it is online, with no page open.
async function wish() {
  try {
    const registration = await navigator.serviceWorker.ready;
    if (registration.sync) await registration.sync.register("answers");
  } catch (error) {
    console.warn("nothing is sent while no page is open", error);
  }
}

async function send() {
  try {
    const { sent } = await store.send();
    if (sent) location.assign("/today");
  } catch {
    // Still no network: the answers wait.
  }
}

function draw(card, answered) {
  const shown = side.querySelector("template").content.cloneNode(true).firstElementChild;
  put(shown, "title", card.title);
  put(shown, "names", card.names.join(", "));
  const isGiven = card.doses.some((dose) => answered.has(dose));
  const isNow = card.from <= Date.now();
  when(shown, "changed", card.has_changed);
  when(shown, "given", isGiven);
  when(shown, "coming", !isNow);
  when(shown, "open", isNow && !isGiven && card.doses.length > 0);
  for (const button of shown.querySelectorAll("[data-answer]")) {
    button.addEventListener("click", () => answer(card, button.dataset.answer, shown));
  }
  side.querySelector("[data-cards]").append(shown);
}

async function start() {
  const kept = await store.record().catch(() => null);
  speak(kept ? kept.language : language());
  when(side, "lost", new URLSearchParams(location.search).has("lost"));
  when(side, "kept", Boolean(kept));
  when(side, "nothing", !kept);
  await showWaiting();
  const again = side.querySelector("[data-do=again]");
  again.hidden = false;
  again.addEventListener("click", () => location.assign("/today"));
  addEventListener("online", send);
  if (!kept) return;
  put(side, "made", time(kept.made_at));
  const answered = new Set((await store.waiting()).flatMap((each) => each.doses));
  for (const card of kept.cards.filter((each) => each.until > Date.now())) draw({ ...card, whose: kept.whose }, answered);
}

start();
