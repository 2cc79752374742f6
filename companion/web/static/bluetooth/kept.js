// What was read and is not yet safe with the service: in this browser's own database, until it is.
//
// A session: { id, patient, device, clock, complete, begun_at, sent }. `sent` is how many of its batches the service
// has taken in. Its items stand by themselves, so that each is on the disk as it comes.

const NAME = "companion-bluetooth";

function answer(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

function open() {
  const request = indexedDB.open(NAME, 1);
  request.addEventListener("upgradeneeded", () => {
    request.result.createObjectStore("sessions", { keyPath: "id" });
    request.result.createObjectStore("items", { autoIncrement: true }).createIndex("session", "session");
  });
  return answer(request);
}

let opened = null;

async function store(name, mode) {
  opened ??= open();
  return (await opened).transaction(name, mode).objectStore(name);
}

export async function keepSession(session) {
  await answer((await store("sessions", "readwrite")).put(session));
}

export async function keepItem(session, item) {
  await answer((await store("items", "readwrite")).add({ session: session.id, item }));
}

export async function itemsOf(session) {
  const found = await answer((await store("items", "readonly")).index("session").getAll(session.id));
  return found.map(({ item }) => item);
}

// The oldest first. Another patient of the same computer has sessions of their own.
export async function sessionsOf(patient) {
  const all = await answer((await store("sessions", "readonly")).getAll());
  const own = all.filter((session) => session.patient === patient);
  return own.sort((one, other) => one.begun_at.localeCompare(other.begun_at));
}

export async function forget(session) {
  await answer((await store("sessions", "readwrite")).delete(session.id));
  const items = await store("items", "readwrite");
  const keys = await answer(items.index("session").getAllKeys(session.id));
  await Promise.all(keys.map((key) => answer(items.delete(key))));
}
