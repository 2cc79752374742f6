// Sending a file with scripts on: a place to drop it, a look at its kind and size, bars that move.
// Without this file everything works, too: the form is an ordinary one, and the waiting page reloads itself.

const ASK_EVERY_MS = 1500;

const byId = (id) => document.getElementById(id);

function tell(words) {
  byId("told").textContent = words;
}

function whyNot(form, file) {
  if (file.size > Number(form.dataset.atMost)) return form.dataset.tooLarge;
  const kinds = form.dataset.accepted.split(",");
  const name = file.name.toLowerCase();
  const isDocument = /^(image|video|audio)\//.test(file.type) || name.endsWith(".pdf");
  return isDocument && !kinds.some((kind) => name.endsWith(kind)) ? form.dataset.wrongKind : "";
}

function check(form, file) {
  const problem = file ? whyNot(form, file) : "";
  byId("file").setCustomValidity(problem);
  tell(problem || (file && file.size > Number(form.dataset.large) ? form.dataset.willWait : ""));
  return !problem;
}

function send(form) {
  const bar = byId("sent");
  const button = form.querySelector("button");
  const request = new XMLHttpRequest();
  request.open("POST", form.action || location.href);
  request.upload.addEventListener("progress", (event) => {
    const percent = event.total ? Math.floor((100 * event.loaded) / event.total) : 0;
    bar.value = percent;
    tell(percent < 100 ? form.dataset.sending.replace("{percent}", percent) : form.dataset.reading);
  });
  request.addEventListener("load", () => {
    if (request.responseURL && request.responseURL !== location.href && request.status < 500) {
      location.assign(request.responseURL);
    } else {
      giveUp(form, request.status === 413 ? form.dataset.tooLarge : form.dataset.failed);
    }
  });
  request.addEventListener("error", () => giveUp(form, form.dataset.failed));
  bar.hidden = false;
  button.disabled = true;
  request.send(new FormData(form));
}

function giveUp(form, words) {
  byId("sent").hidden = true;
  form.querySelector("button").disabled = false;
  tell(words);
}

function readyToSend(form) {
  const input = byId("file");
  form.querySelector(".drop-here").hidden = false;
  input.addEventListener("change", () => check(form, input.files[0]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.files[0] && check(form, input.files[0])) send(form);
  });
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    form.addEventListener(name, () => form.classList.remove("over"));
  }
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    check(form, input.files[0]);
  });
}

async function ask(card) {
  const answer = await fetch(card.dataset.progress, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const progress = await answer.json();
  byId("bar").value = progress.percent;
  byId("words").textContent = progress.words;
  return progress.is_over;
}

async function keepAsking(card) {
  let isOver = false;
  try {
    isOver = await ask(card);
  } catch (error) {
    console.warn("the progress could not be asked; asking again", error);
  }
  if (isOver) location.reload();
  else setTimeout(() => keepAsking(card), ASK_EVERY_MS);
}

const form = byId("send");
if (form) readyToSend(form);
const card = byId("wait");
if (card) keepAsking(card);
