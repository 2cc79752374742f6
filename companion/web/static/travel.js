// Chooses the browser's own clock in the list. Nothing is sent: the patient presses the button.
"use strict";
const form = document.getElementById("other-clock");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
const list = form && form.elements.namedItem("zone");
if (list && here && here !== form.dataset.zone && [...list.options].some((option) => option.value === here)) {
  list.value = here;
}
