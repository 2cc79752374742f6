// The worker: shows what was pushed to this browser, says that it came, and sends what is pressed on it. It runs with
// no page open and nobody signed in: the token in a notification is all it needs. Without a network it shows the page
// for that, and keeps answers until they can be sent. The service puts `SHELL` in front: that page and its files.
"use strict";

importScripts(SHELL.store);

const KEPT_IN = "companion-device";
const KEPT_AS = "/this-device/token";
const SHELLS = "companion-shell-";
const SHELL_IN = SHELLS + SHELL.version;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(visit(request));
  else if (SHELL.files.includes(new URL(request.url).pathname + new URL(request.url).search)) event.respondWith(file(request));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "answers") event.waitUntil(self.companionOffline.send());
});

self.addEventListener("push", (event) => {
  if (event.data) event.waitUntil(receive(event.data.json()));
});

self.addEventListener("notificationclick", (event) => {
  const said = event.notification.data;
  event.notification.close();
  event.waitUntil(event.action ? answer(said, event.action) : self.clients.openWindow(said.url || "/"));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

// The page without a network holds nothing of anybody: it is fetched with no cookie.
async function install() {
  const shell = await caches.open(SHELL_IN);
  await shell.addAll([SHELL.page, ...SHELL.files].map((path) => new Request(path, { credentials: "omit", cache: "no-cache" })));
  await self.skipWaiting();
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(SHELLS) && name !== SHELL_IN).map((name) => caches.delete(name)));
  await self.clients.claim();
}

const file = async (request) => (await (await caches.open(SHELL_IN)).match(request)) || fetch(request);

// Pages always come from the service. Where it cannot be reached, an answer is kept, and the page for that shown.
async function visit(request) {
  const sent = request.method === "POST" ? request.clone() : null;
  try {
    return await fetch(request);
  } catch (error) {
    if (sent) return Response.redirect((await keepAnswer(sent)) ? "/today" : "/offline?lost", 303);
    const shell = await (await caches.open(SHELL_IN)).match(SHELL.page);
    if (!shell) throw error;
    return shell;
  }
}

// What a button of today's page says. Kept only for whose day this device holds; anything else was not noted.
async function keepAnswer(sent) {
  const said = new URL(sent.url).pathname === "/today/answer" ? await sent.formData() : new FormData();
  const kept = await self.companionOffline.record();
  if (!kept || !["taken", "later", "skip"].includes(said.get("answer"))) return false;
  const { add } = self.companionOffline;
  const [answer, reason, remark] = ["answer", "reason", "remark"].map((name) => said.get(name) || "");
  await add({ whose: kept.whose, doses: said.getAll("dose"), answer, minutes: Number(said.get("minutes")) || 0, reason, remark });
  if (self.registration.sync) await self.registration.sync.register("answers").catch(() => {});
  return true;
}

// What a person cannot see did not come: the receipt follows the notification.
async function receive(said) {
  await show(said, said.text, said.actions);
  try {
    await post("/push/seen", { token: said.token });
  } catch (error) {
    console.warn("it came, but that could not be said", error);
  }
}

function show(said, text, actions) {
  return self.registration.showNotification(said.title, {
    body: text,
    tag: said.tag,
    renotify: true,
    requireInteraction: said.urgent || actions.length > 0,
    lang: said.lang,
    actions,
    data: said,
  });
}

// What was noted takes the place of the question; where it could not be sent, the page is a tap away.
async function answer(said, action) {
  try {
    const told = await (await post("/push/answer", { token: said.token, action })).json();
    await show({ ...said, urgent: false }, told.text, []);
  } catch (error) {
    console.warn("the answer could not be sent", error);
    await show(said, said.failed, []);
  }
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    credentials: "omit",
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response;
}

// Browsers change a subscription by themselves now and then. The device's token says whose it was.
async function renew(event) {
  const kept = await (await caches.open(KEPT_IN)).match(KEPT_AS);
  if (!kept) return;
  const { token, key } = await kept.json();
  const subscription = event.newSubscription || (await subscribed(key));
  await post("/push/renew", { token, subscription });
}

async function subscribed(key) {
  const manager = self.registration.pushManager;
  return (await manager.getSubscription()) || manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}
