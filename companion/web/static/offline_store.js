// What this device keeps for the time without a network: the day's record, and answers that were not sent yet. Both are
// sealed by a key that no script can read out. The worker and the pages use it alike.
"use strict";

self.companionOffline = (() => {
  const NAME = "companion-offline";
  const KEPT = "kept";
  const ANSWERS = "answers";
  const AT_ONCE = 50;

  function open() {
    return new Promise((done, failed) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(KEPT);
        request.result.createObjectStore(ANSWERS);
      };
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
  }

  // One transaction over one store: `act` gets the store and gives the request whose result is wanted.
  async function within(store, mode, act) {
    const database = await open();
    try {
      return await new Promise((done, failed) => {
        const transaction = database.transaction(store, mode, { durability: "strict" });
        const request = act(transaction.objectStore(store));
        transaction.oncomplete = () => done(request.result);
        transaction.onerror = transaction.onabort = () => failed(transaction.error);
      });
    } finally {
      database.close();
    }
  }

  const read = (store, name) => within(store, "readonly", (from) => from.get(name));
  const write = (store, name, value) => within(store, "readwrite", (to) => to.put(value, name));
  const remove = (store, name) => within(store, "readwrite", (from) => from.delete(name));

  // Two pages may make a key at once; the first one that is kept stays.
  async function key() {
    const known = await read(KEPT, "key");
    if (known) return known;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    try {
      await within(KEPT, "readwrite", (to) => to.add(made, "key"));
      return made;
    } catch {
      return read(KEPT, "key");
    }
  }

  async function sealed(value) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(value));
    return { iv, bytes: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), plain) };
  }

  async function opened({ iv, bytes }) {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await key(), bytes);
    return JSON.parse(new TextDecoder().decode(plain));
  }

  // The day's record, as long as it may be kept; null afterwards.
  async function record() {
    const found = await read(KEPT, "record");
    if (!found) return null;
    const kept = await opened(found);
    if (Date.now() < kept.over_at && Date.now() >= kept.made_at - 3600000) return kept;
    await forget();
    return null;
  }

  const forget = () => remove(KEPT, "record");

  async function keep(fresh) {
    const { csrf_token: _token, ...kept } = fresh;
    await write(KEPT, "record", await sealed(kept));
  }

  // Kept before anything is tried, so that a page that dies has lost nothing.
  async function add(answer) {
    const name = crypto.randomUUID();
    await write(ANSWERS, name, await sealed({ ...answer, key: name, said_at: Date.now() }));
    return name;
  }

  async function waiting() {
    const found = await within(ANSWERS, "readonly", (from) => from.getAll());
    const answers = await Promise.all(found.map(opened));
    return answers.sort((one, other) => one.said_at - other.said_at);
  }

  // Sends what waits, if its owner is signed in: `sent` and `waits` are numbers. Sent twice, an answer is taken in once.
  async function send() {
    const answers = await waiting();
    const fresh = await ask();
    if (!fresh) return { sent: 0, waits: answers.length };
    await keep(fresh);
    const own = answers.filter((each) => each.whose === fresh.whose).slice(0, AT_ONCE);
    if (own.length) await post(own, fresh.csrf_token);
    for (const each of own) await remove(ANSWERS, each.key);
    if (own.length) await keep(await ask());
    return { sent: own.length, waits: answers.length - own.length };
  }

  // null: nobody is signed in here.
  async function ask() {
    const answer = await fetch("/today/record", { credentials: "same-origin", headers: { Accept: "application/json" } });
    const isRecord = answer.ok && !answer.redirected && answer.headers.get("Content-Type") === "application/json";
    return isRecord ? answer.json() : null;
  }

  async function post(own, token) {
    const answers = own.map(({ key: name, doses, answer, minutes, reason, remark, said_at }) => ({
      key: name,
      doses,
      answer,
      ...(minutes ? { minutes } : {}),
      ...(reason ? { reason } : {}),
      ...(remark ? { remark } : {}),
      seconds_ago: (Date.now() - said_at) / 1000,
    }));
    const response = await fetch("/today/answers", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ answers }),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
  }

  return { add, forget, record, send, waiting };
})();
