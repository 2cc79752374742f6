// Reading a device as the service ordered it. Nothing is decoded but the answers of the control point.

import { clockReading, readClock, readIfThere } from "./introduction.js";
import { Trouble, toBytes } from "./link.js";

const CURRENT_TIME = "2a2b";
const CONTROL_POINT = "2a52";

// The control point: an answer is 06 00, the request's code, a result; a count is 05 00, the number.
const ABORT = "0300";
const REPORT = 1;
const COUNT = 4;
const DONE = [1, 6];
// Of operators and operands: the device cannot select so.
const CANNOT_SELECT = [3, 4, 5, 9];

// One session with a device, over as many links as it takes.
export class Reading {
  clock = null;
  complete = false;
  announced = null;
  #order;
  #keep;
  #tell;
  #items = [];
  #records = new Set();
  #earlier = new Set();
  #wasCutOff = false;

  // `keep` is called with every item that is new, `tell` whenever there is progress.
  constructor(order, keep, tell) {
    this.#order = order;
    this.#keep = keep;
    this.#tell = tell;
  }

  get came() {
    return this.#records.size;
  }

  // `stop` is a promise that is kept when the person has had enough.
  async over(link, stop) {
    this.#earlier = new Set(this.#items.map(({ characteristic, value }) => characteristic + value));
    this.clock ??= await readClock(link, this.#order.clocks);
    for (const uuid of this.#order.read_first) {
      const value = await readIfThere(link, uuid);
      if (value) this.#add({ characteristic: uuid, value, received_at: new Date().toISOString() });
    }
    for (const uuid of this.#order.listen) await this.#listen(link, uuid);
    if (this.#order.asks.length) await this.#readMemory(link);
    else await this.#readCuff(link, stop);
  }

  async #listen(link, uuid) {
    const isOptional = this.#order.optional.includes(uuid);
    if (!link.has(uuid)) {
      if (isOptional) return;
      throw new Trouble("unknown");
    }
    try {
      await link.listen(uuid);
    } catch (error) {
      if (!(isOptional && error.trouble === "refused")) throw error;
    }
  }

  // Whatever came over an earlier link, too, is the same record sent again.
  #add(item) {
    if (this.#earlier.has(item.characteristic + item.value)) return;
    this.#items.push(item);
    if (item.characteristic === this.#order.records) this.#records.add(item.value);
    this.#keep(item);
    this.#tell(this);
  }

  // Memories: the first asking that the device can answer, and that finds the memory as it was left.

  async #readMemory(link) {
    for (const ask of this.#order.asks) {
      this.announced = await this.#count(link, ask);
      this.#tell(this);
      const result = await this.#report(link, ask);
      if (CANNOT_SELECT.includes(result) || !this.#hasRecord(ask.begins)) continue;
      await this.#takeLate(link);
      this.complete = DONE.includes(result) && this.came >= (this.announced ?? 0);
      if (!this.complete) throw new Trouble("unfinished");
      return;
    }
    throw new Trouble("refused");
  }

  async #count(link, ask) {
    const answer = await this.#ask(link, ask.to_count, COUNT);
    if (answer[0] === 5) return answer.slice(2).reduceRight((sum, octet) => 256 * sum + octet, 0);
    return answer[3] === 6 ? 0 : null;
  }

  // After a broken link from the last record on; without a count nobody could tell that this left something out.
  async #report(link, ask) {
    const last = [...this.#records].at(-1);
    const canResume = this.#wasCutOff && this.#order.resume && last && this.announced !== null;
    this.#wasCutOff = true;
    let result = null;
    if (canResume) [, , , result] = await this.#ask(link, this.#order.resume + last.slice(2, 6), REPORT);
    if (!canResume || this.came < this.announced) [, , , result] = await this.#ask(link, ask.to_report, REPORT);
    this.#wasCutOff = false;
    return result;
  }

  #hasRecord(begins) {
    return [...this.#records].some((value) => value.startsWith(begins, 2)) || !begins;
  }

  async #ask(link, request, code) {
    await this.#write(link, request);
    try {
      return await this.#answerTo(link, code, this.#order.waits.idle);
    } catch (error) {
      if (error.trouble === "silent") await link.write(CONTROL_POINT, ABORT).catch(() => {});
      throw error;
    }
  }

  // A device that is still at work for an earlier request is told to leave that.
  async #write(link, request) {
    try {
      await link.write(CONTROL_POINT, request);
    } catch (error) {
      if (error.trouble !== "refused") throw error;
      await link.write(CONTROL_POINT, ABORT);
      await this.#answerTo(link, 3, this.#order.waits.abort).catch((late) => {
        if (late.trouble !== "silent") throw late;
      });
      await link.write(CONTROL_POINT, request);
    }
  }

  // Nonsense, and answers to something else, are passed over.
  async #answerTo(link, code, seconds) {
    for (;;) {
      const item = await link.next(seconds);
      const octets = toBytes(item.value);
      if (item.characteristic !== CONTROL_POINT) this.#add(item);
      else if (octets[0] === 6 && octets[2] === code && octets.length === 4) return octets;
      else if (octets[0] === 5 && code === COUNT && octets.length > 2) return octets;
    }
  }

  async #takeLate(link) {
    try {
      for (;;) this.#add(await link.next(this.#order.waits.late));
    } catch (error) {
      if (!["silent", "lost"].includes(error.trouble)) throw error;
    }
  }

  // Cuffs: everything that one sends once it is listened to, until it is quiet, hangs up, or the person stops it.

  async #readCuff(link, stop) {
    const { first, quiet } = this.#order.waits;
    try {
      for (;;) {
        const item = await link.next(this.came ? quiet : first, stop);
        if (!item) break;
        if (item.characteristic === CURRENT_TIME) this.clock ??= clockReading(item.value);
        else this.#add(item);
      }
    } catch (error) {
      if (!this.came || !["silent", "lost"].includes(error.trouble)) throw error;
    }
    this.complete = true;
  }
}
