// One open connection to a device: characteristics by their short UUIDs, values in hex. It knows no meter and no cuff.

const CONNECT_MS = 30_000;
// A person may have to type six digits meanwhile.
const ANSWER_MS = 60_000;
const SIG_UUID = /^0000([0-9a-f]{4})-0000-1000-8000-00805f9b34fb$/;

const shortUuid = (uuid) => SIG_UUID.exec(uuid)?.[1] ?? uuid;

export const toBytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

export function toHex(view) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// What can go wrong, by the name under which the page has a sentence for it.
export class Trouble extends Error {
  constructor(name, cause) {
    super(cause?.message ?? name, { cause });
    this.trouble = name;
  }
}

export function within(ms, promise, name) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Trouble(name)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Link {
  #device;
  #lost;
  #characteristics = new Map();
  #came = [];
  #wake = () => {};

  constructor(device) {
    this.#device = device;
    this.#lost = new Promise((_, reject) => {
      device.addEventListener("gattserverdisconnected", () => reject(new Trouble("lost")), { once: true });
    });
    this.#lost.catch(() => {}); // nobody may be waiting for it
  }

  // Throws Trouble "unreachable", or "unpaired" where the browser says that.
  static async open(device) {
    const link = new Link(device);
    try {
      const server = await within(CONNECT_MS, device.gatt.connect(), "unreachable");
      await within(CONNECT_MS, Promise.race([link.#look(server), link.#lost]), "unreachable");
    } catch (error) {
      link.close();
      throw error instanceof Trouble ? error : new Trouble(isUnpaired(error) ? "unpaired" : "unreachable", error);
    }
    return link;
  }

  async #look(server) {
    this.services = [];
    for (const service of await server.getPrimaryServices()) {
      this.services.push(shortUuid(service.uuid));
      for (const found of await characteristicsOf(service)) {
        const uuid = shortUuid(found.uuid);
        if (!this.#characteristics.has(uuid)) this.#characteristics.set(uuid, found);
      }
    }
  }

  has(uuid) {
    return this.#characteristics.has(uuid);
  }

  async read(uuid) {
    return toHex(await this.#answered(this.#characteristics.get(uuid).readValue()));
  }

  async write(uuid, hex) {
    await this.#answered(this.#characteristics.get(uuid).writeValueWithResponse(toBytes(hex)));
  }

  async listen(uuid) {
    const characteristic = this.#characteristics.get(uuid);
    characteristic.addEventListener("characteristicvaluechanged", (event) => {
      const received_at = new Date().toISOString();
      this.#came.push({ characteristic: uuid, value: toHex(event.target.value), received_at });
      this.#wake();
    });
    await this.#answered(characteristic.startNotifications());
  }

  // The next value of what is listened to. What came before the link was lost is still handed out.
  async next(seconds, stop) {
    if (!this.#came.length) {
      const arrival = new Promise((resolve) => {
        this.#wake = resolve;
      });
      await within(1000 * seconds, Promise.race([arrival, this.#lost, ...(stop ? [stop] : [])]), "silent");
    }
    return this.#came.shift();
  }

  close() {
    this.#device.gatt.disconnect();
  }

  // Throws Trouble "lost", "silent", "unpaired" or "refused".
  async #answered(promise) {
    try {
      return await within(ANSWER_MS, Promise.race([promise, this.#lost]), "silent");
    } catch (error) {
      if (error instanceof Trouble) throw error;
      if (!this.#device.gatt.connected) throw new Trouble("lost", error);
      throw new Trouble(isUnpaired(error) ? "unpaired" : "refused", error);
    }
  }
}

async function characteristicsOf(service) {
  try {
    return await service.getCharacteristics();
  } catch (error) {
    if (error.name === "NotFoundError") return []; // nothing in it that a browser may see
    throw error;
  }
}

// Windows says "GATT Error: Not paired."; others speak of authentication, authorization or encryption.
function isUnpaired(error) {
  return /not paired|authenti|authoriz|encrypt/i.test(error.message);
}
