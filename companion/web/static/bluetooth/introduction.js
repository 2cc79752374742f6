// What a device says before anything is asked of its memory: who it is, and what its clock shows.

import { Trouble, toBytes } from "./link.js";

const KINDS = { 1808: "meter", 1810: "cuff", "181f": "sensor" };
const INFORMATION = { manufacturer: "2a29", model: "2a24", firmware: "2a26" };
const SYSTEM_ID = "2a23";
const BATTERY = "2a19";
const LONGEST_TEXT = 60;

export const FILTERS = [{ services: [0x1808] }, { services: [0x1810] }, { services: [0x181f] }];
// Other services may be looked at only if they were asked for with the device.
export const OTHER_SERVICES = [0x180a, 0x180f, 0x1805];

// Who the device says it is.
export async function introduce(link, device) {
  const kind = link.services.map((service) => KINDS[service]).find(Boolean);
  if (!kind) throw new Trouble("unknown");
  const seen = { kind, browser_id: device.id.slice(0, 32), name: (device.name ?? "").slice(0, 80) };
  for (const [name, uuid] of Object.entries(INFORMATION)) seen[name] = text(await readIfThere(link, uuid));
  const systemId = await readIfThere(link, SYSTEM_ID);
  seen.system_id = systemId.length === 16 ? systemId : "";
  const [percent] = toBytes(await readIfThere(link, BATTERY));
  seen.battery_percent = percent <= 100 ? percent : null;
  return seen;
}

// What the clock shows, and when: the first of these that the device has. null for none.
export async function readClock(link, clocks) {
  const uuid = clocks.find((each) => link.has(each));
  return uuid ? clockReading(await readIfThere(link, uuid)) : null;
}

export async function readIfThere(link, uuid) {
  if (!link.has(uuid)) return "";
  try {
    return await link.read(uuid);
  } catch (error) {
    if (error.trouble === "refused") return "";
    throw error;
  }
}

function text(hex) {
  const decoded = new TextDecoder().decode(toBytes(hex));
  return decoded.replace(/^[\0\s]+|[\0\s]+$/g, "").slice(0, LONGEST_TEXT);
}

// Date Time: year (two octets, the lower first), month, day, hours, minutes, seconds. null for no date.
export function clockReading(hex) {
  const read_at = new Date().toISOString();
  const [low, high, month, day, hours, minutes, seconds] = toBytes(hex);
  const told = [low + 256 * high, month, day, hours, minutes, seconds];
  const [year, ...rest] = told.map((number) => String(number).padStart(2, "0"));
  const device_time = `${year.padStart(4, "0")}-${rest[0]}-${rest[1]}T${rest.slice(2).join(":")}`;
  const then = new Date(`${device_time}Z`);
  const isDate = seconds !== undefined && !isNaN(then) && then.toISOString().startsWith(device_time);
  return isDate ? { device_time, read_at } : null;
}
