// Page 5: is this yours? Only after a yes does the service keep anything; until then it stays in this browser.

import { forget, itemsOf, keepSession, sessionsOf } from "./kept.js";
import { batchesOf, post, stamped } from "./service.js";
import { byId, patient, show, whenClicked, words } from "./steps.js";

let session = null;
let batches = [];

async function begin() {
  const waiting = await sessionsOf(patient());
  if (!waiting.length) {
    show("none");
    return;
  }
  [session] = waiting;
  const items = await itemsOf(session);
  batches = batchesOf(session, items);
  if (!items.length) {
    await forget(session); // the page was closed before the first value was on the disk
    await begin();
  } else if (session.sent) {
    await send(); // it was answered yes, and the page was left too soon
  } else {
    await ask();
  }
}

async function ask() {
  show("asking");
  const answer = await post("/readings:preview", { batches: batches.map(stamped) });
  if (!answer.ok) stopped(answer);
  else if (answer.body.is_mine && answer.body.known && !answer.body.new) await send();
  else display(answer.body);
}

function display({ device, newest, refused, is_mine }) {
  byId("device").textContent = device;
  byId("newest").replaceChildren(...newest.map(row));
  byId("refused").textContent = refused ? words("refused", { refused }) : "";
  byId("broken-off").hidden = session.complete;
  byId("new-device").hidden = is_mine;
  show("question");
}

function row({ metric, value, time }) {
  const shown = byId("value").content.cloneNode(true);
  for (const [name, told] of Object.entries({ metric, value, time })) {
    shown.querySelector(`[data-is="${name}"]`).textContent = told;
  }
  return shown;
}

// The device is the patient's from now on; then every batch, each under a key of its own: sent twice, it is kept once.
async function send() {
  show("saving");
  const total = { added: 0, known: 0 };
  let answer = await post("/devices", session.device);
  while (answer.ok && session.sent < batches.length) {
    const place = session.sent;
    answer = await post("/readings:batch", stamped(batches[place]), `${session.id}-${place}`);
    if (answer.ok) {
      total.added += answer.body.new;
      total.known += answer.body.known;
      session.sent = place + 1;
      await keepSession(session);
    }
  }
  if (!answer.ok) {
    stopped(answer);
    return;
  }
  await forget(session);
  await saved(total);
}

async function saved({ added, known }) {
  const more = await sessionsOf(patient());
  byId("outcome").textContent = added ? words("saved", { added }) : words("nothing-new");
  byId("known").textContent = added && known ? words("known", { known }) : "";
  byId("more").hidden = more.length === 0;
  show("saved");
}

function stopped({ status }) {
  const name = { 0: "offline", 400: "signed-out", 401: "signed-out", 422: "not-understood" }[status] ?? "busy";
  byId("what-happened").textContent = words(name);
  byId("sign-in").hidden = name !== "signed-out";
  byId("give-up").hidden = name !== "not-understood";
  show("stopped");
}

async function throwAway() {
  await forget(session);
  show("not-kept");
}

whenClicked("yes", send);
whenClicked("no", () => show("sure"));
whenClicked("give-up", () => show("sure"));
whenClicked("keep-it", begin);
whenClicked("throw-away", throwAway);
whenClicked("send-again", begin);
begin();
