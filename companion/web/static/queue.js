// The queue beside the opened suggestion: htmx brings the other side; here is what attributes cannot say.
// Without this file every row is a plain link.

const wide = window.matchMedia("(min-width: 1100px)");

// On a narrow screen, or into another tab, a row is the link that it is: htmx never hears of the click.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[hx-get][href]");
  if (link && (!wide.matches || event.ctrlKey || event.metaKey || event.shiftKey)) event.stopPropagation();
}, true);

// What others have seen to is written into the line that is there: no row moves, and none goes away.
function markSeenTo() {
  for (const told of document.querySelectorAll("[data-mark]")) {
    for (const line of document.querySelectorAll(`[data-mark-of="${told.dataset.mark}"]`)) {
      line.style.height = `${line.getBoundingClientRect().height}px`;
      line.textContent = told.textContent.trim();
    }
  }
}

// One page has one first heading. Beside a suggestion it is the suggestion's, and the list's comes second.
function yieldHeading() {
  const first = document.querySelector(".list-head h1");
  if (!first) return;
  const second = document.createElement("h2");
  second.append(...first.childNodes);
  first.replaceWith(second);
}

// The doctor opened another one: the list says which, the title says whom, and a screen reader begins to read there.
function noteOpened(opened) {
  yieldHeading();
  const path = window.location.pathname;
  for (const row of document.querySelectorAll("[data-row]")) {
    if (path.endsWith(`/${row.dataset.row}`)) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  const heading = opened.querySelector("h1");
  if (!heading) return;
  document.title = heading.querySelector("a").textContent;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "opened") noteOpened(event.detail.target);
  else markSeenTo();
});
