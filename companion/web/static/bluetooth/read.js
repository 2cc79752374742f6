// Page 3 and 4: the device is chosen and read. They are one document, because a link ends with its document.

import { FILTERS, introduce, OTHER_SERVICES } from "./introduction.js";
import { keepItem, keepSession, sessionsOf } from "./kept.js";
import { Link, Trouble } from "./link.js";
import { Reading } from "./reading.js";
import { post } from "./service.js";
import { byId, patient, show, whenClicked, words } from "./steps.js";

const LINKS = 3;
// Some meters drop whoever asks in the first moment of a link.
const SETTLE_MS = 600;
// Before the second link; twice as long before the third.
const PAUSE_MS = 1000;
// What another link may mend.
const PASSING = ["lost", "silent", "unreachable", "unfinished"];

let device = null;
let session = null;
let order = null;
let reading = null;
let writing = [];

async function choose() {
  byId("why-not").textContent = "";
  try {
    device = await navigator.bluetooth.requestDevice({ filters: FILTERS, optionalServices: OTHER_SERVICES });
  } catch (error) {
    console.warn("no device was chosen:", error.name, error.message);
    byId("why-not").textContent = words(error.name === "NotFoundError" ? "none-chosen" : "blocked");
    return;
  }
  session = order = reading = null;
  await read();
}

// Over as many links as it takes; what came stays, also when it does not work in the end.
async function read() {
  show("reading");
  let trouble = null;
  for (let links = 0; links < LINKS; links += 1) {
    tell(trouble ? "again" : "connecting");
    await pause(links * PAUSE_MS);
    trouble = await overOneLink();
    if (!trouble || !PASSING.includes(trouble.trouble)) break;
  }
  await finish(trouble);
}

// The trouble that ended it, null for none.
async function overOneLink() {
  let link = null;
  try {
    link = await Link.open(device);
    await pause(SETTLE_MS);
    await begin(link);
    tell(order.asks.length ? "reading" : "measure");
    byId("stop").hidden = order.asks.length > 0;
    await reading.over(link, clicked("stop"));
    return null;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    console.warn("reading stopped:", error.trouble, error.message);
    return error;
  } finally {
    link?.close();
    byId("stop").hidden = true;
  }
}

// The first link of a session: who the device is, and how it has to be read.
async function begin(link) {
  if (reading) return;
  const answer = await post("/devices:order", await introduce(link, device));
  if (!answer.ok) throw new Trouble(answer.status === 401 ? "signed-out" : "offline");
  order = answer.body;
  await checkThatItCanBeKept();
  if (order.may_empty) await agree();
  const id = crypto.randomUUID();
  const begun_at = new Date().toISOString();
  session = { id, patient: patient(), device: order.device, clock: null, complete: false, begun_at, sent: 0 };
  reading = new Reading(order, keep, progress);
}

// Before the device is asked for anything: some send a value once only.
async function checkThatItCanBeKept() {
  try {
    await sessionsOf(patient());
  } catch (error) {
    throw new Trouble("unkept", error);
  }
}

// Reading would delete the device's memory: nothing is asked of it before somebody has agreed.
async function agree() {
  show("empties");
  const agreed = await Promise.race([clicked("empty-yes", true), clicked("empty-no", false)]);
  if (!agreed) throw new Trouble("not-agreed");
  show("reading");
}

function keep(item) {
  if (!writing.length) {
    session.clock = reading.clock;
    writing.push(keepSession(session));
  }
  writing.push(keepItem(session, item));
}

async function finish(trouble) {
  const isKept = await allKept();
  if (isKept && !trouble && reading.came) location.assign(byId("bluetooth").dataset.check);
  else if (!trouble && isKept) show("nothing");
  else stopped(isKept ? trouble.trouble : "unkept");
}

// Whether all of it is on the disk, with what is known of it by now.
async function allKept() {
  if (!writing.length) return true;
  Object.assign(session, { clock: reading.clock, complete: reading.complete });
  try {
    await Promise.all(writing);
    await keepSession(session);
    return true;
  } catch (error) {
    console.error("what came could not be kept", error);
    return false;
  }
}

function stopped(why) {
  byId("what-happened").textContent = words(why);
  byId("go-on").hidden = !writing.length;
  byId("came-so-far").textContent = reading?.came ? words("came", { came: reading.came }) : "";
  show("stopped");
}

// Progress

function tell(name) {
  byId("told").textContent = words(name);
}

function progress({ came, announced }) {
  const bar = byId("bar");
  if (announced) {
    bar.max = announced;
    bar.value = Math.min(came, announced);
  }
  byId("count").textContent = announced ? words("of", { came, announced }) : words("came", { came });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const clicked = (id, answer) =>
  new Promise((resolve) => byId(id).addEventListener("click", () => resolve(answer), { once: true }));

if (navigator.bluetooth) {
  whenClicked("choose-device", choose);
  whenClicked("try-again", read);
  whenClicked("choose-another", choose);
  show("choose");
}
