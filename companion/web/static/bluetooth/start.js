// Page 1: whether this browser can read devices at all, and whether something read before still waits.

import { sessionsOf } from "./kept.js";
import { byId, patient, words } from "./steps.js";

const isApple = /iPhone|iPad|iPod/.test(navigator.userAgent);

// Of the others the page says that they cannot, before any script runs.
function whyNot() {
  if (isApple) return "apple";
  return window.isSecureContext ? null : "insecure";
}

async function look() {
  if (!navigator.bluetooth) {
    const why = whyNot();
    if (why) byId("why-not").textContent = words(why);
    return;
  }
  byId("unable").hidden = true;
  byId("able").hidden = false;
  byId("is-off").hidden = await navigator.bluetooth.getAvailability();
}

async function lookForKept() {
  const waiting = await sessionsOf(patient());
  byId("waiting").hidden = waiting.length === 0;
}

look();
lookForKept();
