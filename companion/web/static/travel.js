// Tells a patient whose browser shows another clock, and chooses that clock in the list. Nothing is sent: the patient
// presses the button.
"use strict";
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
const away = document.getElementById("away");
if (away && here && here !== away.dataset.zone) {
  away.hidden = false;
}
const form = document.getElementById("other-clock");
const list = form && form.elements.namedItem("zone");
if (list && here && here !== form.dataset.zone && [...list.options].some((option) => option.value === here)) {
  list.value = here;
}
