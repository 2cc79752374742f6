// The worker: shows what was pushed to this browser, says that it came, and sends what is pressed on it. It runs with
// no page open and nobody signed in: the token in a notification is all it needs.
"use strict";

const KEPT_IN = "companion-device";
const KEPT_AS = "/this-device/token";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  if (event.data) event.waitUntil(receive(event.data.json()));
});

self.addEventListener("notificationclick", (event) => {
  const said = event.notification.data;
  event.notification.close();
  event.waitUntil(event.action ? answer(said, event.action) : self.clients.openWindow(said.url || "/"));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

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
