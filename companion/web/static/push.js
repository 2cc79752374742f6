// The switch for notifications on this device. The card's parts are in the page; this shows the one that holds now.
"use strict";

const KEPT_IN = "companion-device";
const KEPT_AS = "/this-device/token";

const card = document.getElementById("this-device");

function show(state) {
  card.dataset.state = state;
  for (const part of card.querySelectorAll("[data-when]")) {
    part.hidden = !part.dataset.when.split(" ").includes(state);
  }
}

function canDoIt() {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window && window.isSecureContext;
}

// Safari on a telephone or tablet of Apple's: only an installed page may notify.
function hasToBeInstalled() {
  const isApple = /iPhone|iPad/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
  return isApple && !navigator.standalone;
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-CSRFToken": document.querySelector("input[name=csrf_token]").value,
    },
    body: JSON.stringify(body),
    credentials: "same-origin",
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

async function subscription() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return registration ? registration.pushManager.getSubscription() : null;
}

async function kept() {
  const found = await (await caches.open(KEPT_IN)).match(KEPT_AS);
  return found ? (await found.json()).token : null;
}

async function keep(token) {
  const answer = new Response(JSON.stringify({ token, key: card.dataset.key }));
  await (await caches.open(KEPT_IN)).put(KEPT_AS, answer);
}

// A browser subscribes to one key. After the clinic's has changed, the old subscription brings nothing.
function isToOurKey(found) {
  const key = found.options && found.options.applicationServerKey;
  return !key || base64(key) === card.dataset.key;
}

function base64(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

async function look() {
  if (!canDoIt()) return show(hasToBeInstalled() ? "install" : "unsupported");
  if (Notification.permission === "denied") return show("denied");
  const found = Notification.permission === "granted" ? await subscription() : null;
  if (!found) return show(isPutOff() ? "none" : "off");
  const on = await isOn(found);
  if (on && !isToOurKey(found)) return subscribe();
  return show(on ? "on" : "off");
}

// A browser that changed its subscription without telling the worker is on all the same, once we know the new one.
async function isOn(found) {
  const { on, over } = await post("/push/state", { subscription: found });
  const token = on || over ? null : await kept();
  if (!token) return on;
  await fetch("/push/renew", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, subscription: found }),
  });
  return (await post("/push/state", { subscription: found })).on;
}

async function switchOn() {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") return show(permission === "denied" ? "denied" : "off");
  return subscribe();
}

// A subscription that others on this device use stays; one that brings nothing any more is made anew.
async function subscribe() {
  await navigator.serviceWorker.register("/sw.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  let found = await pushManager.getSubscription();
  if (found && (!isToOurKey(found) || (await isOver(found)))) {
    await found.unsubscribe();
    found = null;
  }
  found ||= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(card.dataset.key) });
  const { token } = await post("/push/on", { subscription: found, replaces: await kept() });
  await keep(token);
  show("on");
}

const isOver = async (found) => (await post("/push/state", { subscription: found })).over;

async function switchOff() {
  const found = await subscription();
  if (found) {
    const { others } = await post("/push/off", { subscription: found });
    if (!others) await found.unsubscribe();
  }
  show("off");
}

async function attempt(step) {
  show("working");
  try {
    await step();
  } catch (error) {
    console.warn("notifications could not be switched", error);
    show("failed");
  }
}

// An offer that was put off stays away for a while; the switch itself is always there.
const PUT_OFF = "notifications-put-off";
const PUT_OFF_FOR = 30 * 24 * 3600 * 1000;
const notNow = card && card.querySelector("[data-not-now]");

function isPutOff() {
  const since = Date.now() - Number(localStorage.getItem(PUT_OFF));
  return card.dataset.tooEarly !== undefined || (Boolean(notNow) && since < PUT_OFF_FOR);
}

if (notNow) {
  notNow.addEventListener("click", () => {
    localStorage.setItem(PUT_OFF, String(Date.now()));
    show("none");
  });
}

if (card) {
  for (const button of card.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => attempt(button.dataset.do === "on" ? switchOn : switchOff));
  }
  attempt(look);
}
