// On a patient's pages: the worker that answers without a network, what this device keeps of the day, and answers that
// wait to be sent.
"use strict";

const { forget, send, waiting } = self.companionOffline;
const mine = document.body.dataset.patient !== undefined;

function tell(count) {
  const told = document.getElementById("answers-wait");
  if (!told) return;
  told.querySelector("[data-put=count]").textContent = String(count);
  told.hidden = count === 0;
}

async function bring() {
  try {
    const { sent, waits } = await send();
    if (sent) location.reload();
    else tell(waits);
  } catch {
    tell((await waiting()).length);
  }
}

// Signing out empties what the device kept; answers that could not be sent are asked about first.
async function signOut(event) {
  event.preventDefault();
  const form = event.target;
  const { length } = await waiting();
  if (length && !confirm(form.dataset.askWaiting)) return;
  await forget();
  form.submit();
}

async function begin() {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  if (!mine) return tell((await waiting()).length);
  await navigator.serviceWorker.register("/sw.js");
  for (const form of document.querySelectorAll("form[data-ask-waiting]")) form.addEventListener("submit", signOut);
  addEventListener("online", bring);
  await bring();
}

begin().catch((error) => console.warn("this device keeps nothing for the time without a network", error));
