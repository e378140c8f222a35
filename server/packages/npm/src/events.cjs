// The events of a team, as they happen: an async iterator over server-sent events. It connects again by itself.
'use strict';
const { MockConnectionError } = require('./errors.cjs');
const { bodyOf, send } = require('./http.cjs');

const { clearTimeout, setTimeout } = globalThis; // fake timers may replace them later
const PAUSES = [0, 100, 500, 2000]; // milliseconds before the next attempt to connect, by how many have failed
const LISTENS = ': listening'; // how the first block begins; the head of the response comes before the mock listens

class EventStream {
  #mock;
  #apiKey;
  #lastId;
  #events = [];
  #waiting = []; // of next()
  #error;
  #closed = false;
  #connection;
  #resume; // ends a pause

  constructor(mock, apiKey, { lastEventId } = {}) {
    this.#mock = mock;
    this.#apiKey = apiKey;
    this.#lastId = lastEventId;
    // From now on, no event is missed.
    this.ready = new Promise((resolve, reject) => { this.#run(resolve).catch((error) => { reject(error); this.#end(error); }); });
    this.ready.catch(() => {}); // next() throws it
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async next() {
    if (this.#events.length > 0) return { done: false, value: this.#events.shift() };
    if (this.#error) throw this.#error;
    if (this.#closed) return { done: true, value: undefined };
    return new Promise((resolve, reject) => { this.#waiting.push({ resolve, reject }); });
  }

  // Ends the stream; a loop calls it when it is left.
  async return() {
    this.#end();
    this.#events = [];
    return { done: true, value: undefined };
  }

  async #run(onReady) {
    let failed = 0;
    const onListening = () => { failed = 0; onReady(); };
    while (!this.#closed) {
      failed += 1; // until it listens
      try {
        await this.#read(await this.#connect(), onListening);
        if (failed > 0) throw new MockConnectionError('GET events: the response was cut off before the mock listened');
      } catch (error) {
        if (this.#closed) break;
        if (error.status !== undefined || failed === PAUSES.length) throw error;
      }
      await this.#pause(PAUSES[failed]);
    }
    onReady();
  }

  async #pause(milliseconds) {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#resume = () => { clearTimeout(timer); resolve(); };
    });
  }

  async #connect() {
    const headers = this.#lastId === undefined ? {} : { 'Last-Event-ID': String(this.#lastId) };
    const request = { method: 'GET', path: 'events', apiKey: this.#apiKey, headers };
    const response = await send(this.#mock, { ...request, connected: (sent) => { this.#connection = sent; } });
    if (response.statusCode !== 200) await bodyOf(request, response);
    return response;
  }

  async #read(response, onListening) {
    response.setEncoding('utf8');
    let text = '';
    try {
      for await (const part of response) {
        const blocks = (text + part).split('\n\n');
        text = blocks.pop();
        for (const block of blocks) {
          this.#take(block);
          if (block.startsWith(LISTENS)) onListening();
        }
      }
    } catch {
      // The connection was cut, and run() opens another one.
    }
  }

  #take(block) {
    const fields = Object.fromEntries(block.split('\n').map((line) => /^(\w*): ?(.*)$/.exec(line)?.slice(1) ?? ['', '']));
    if (fields.id !== undefined) this.#lastId = fields.id;
    if (fields.data === undefined || this.#closed) return;
    const value = JSON.parse(fields.data);
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve({ done: false, value });
    else this.#events.push(value);
  }

  #end(error) {
    this.#closed = true;
    this.#error ??= error;
    this.#connection?.destroy();
    this.#resume?.();
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (error) reject(error);
      else resolve({ done: true, value: undefined });
    }
  }
}

module.exports = { EventStream };
