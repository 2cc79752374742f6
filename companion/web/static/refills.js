// The refill list with scripts on: buttons to print and to share it. Without this file the text can be copied, and the
// browser's own menu prints.

const byId = (id) => document.getElementById(id);

document.addEventListener("DOMContentLoaded", () => {
  const text = byId("list-text");
  if (!text) return;
  byId("print").hidden = false;
  byId("print").addEventListener("click", () => window.print());
  if (!navigator.share) return;
  byId("share").hidden = false;
  byId("share").addEventListener("click", () => {
    navigator.share({ text: text.value }).catch((error) => {
      if (error.name !== "AbortError") text.select(); // somebody who closes the sheet has changed their mind
    });
  });
});
