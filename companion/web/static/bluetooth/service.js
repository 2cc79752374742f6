// The service: its addresses, and how a session is cut into the batches that it takes.

const MAX_ITEMS = 500;
const MEASUREMENT = "2a18";
const CONTEXT = "2a34";
const SENSOR_SESSION = ["2aa8", "2aa9", "2aaa"];

// What the service answered: { ok, status, body }; status 0 when it could not be reached.
export async function post(path, body, key) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": formToken() };
  if (key) headers["Idempotency-Key"] = key;
  try {
    const response = await fetch(`/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return { ok: response.ok, status: response.status, body: await response.json() };
  } catch (error) {
    console.warn("the service could not be reached", error);
    return { ok: false, status: 0, body: null };
  }
}

const formToken = () => document.querySelector("input[name=csrf_token]").value;

// The same session gives the same batches, however often it is sent.
export function batchesOf(session, items) {
  const parts = partsOf(items);
  return parts.map((part, place) => ({
    device: session.device,
    clock: session.clock,
    items: part,
    complete: session.complete && place === parts.length - 1,
  }));
}

export const stamped = (batch) => ({ ...batch, sent_at: new Date().toISOString() });

// Parts of about the same size: a single value at the end would look like one that was just measured. What a sensor
// says of its session goes with each of them: its values mean nothing without it.
function partsOf(items) {
  const shared = items.filter(({ characteristic }) => SENSOR_SESSION.includes(characteristic));
  const units = unitsOf(items.filter((item) => !shared.includes(item)));
  const most = MAX_ITEMS - shared.length;
  const count = Math.max(1, Math.ceil((items.length - shared.length) / most));
  const enough = Math.ceil((items.length - shared.length) / count);
  const parts = [[]];
  for (const unit of units) {
    const part = parts.at(-1);
    if (part.length >= enough || part.length + unit.length > most) parts.push([...unit]);
    else part.push(...unit);
  }
  return parts.map((part) => [...shared, ...part]);
}

// What must stay together: a measurement and its contexts, which bear its number (octets 1 and 2).
function unitsOf(items) {
  const units = [];
  const byNumber = new Map();
  for (const item of items) {
    const number = item.value.slice(2, 6);
    const unit = item.characteristic === CONTEXT ? byNumber.get(number) : null;
    if (unit && unit.length < MAX_ITEMS / 2) unit.push(item);
    else units.push([item]);
    if (item.characteristic === MEASUREMENT) byNumber.set(number, units.at(-1));
  }
  return units;
}
