// The app's own HTTP server for callbacks: stores each result once, recognises a repeated one by its request_id, and
// answers 2xx only after it has stored the result, so that anything else is delivered again.
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';

import { ShapeError, checkCallback, checkContentType } from './shapes.mjs';

const MAX_BODY = 64 * 1024;

function parseBody(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ShapeError(`callback: no JSON: ${error.message}`);
  }
}

async function readBody(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_BODY) throw new ShapeError('callback: body too large');
  }
  return text;
}

export class CallbackReceiver {
  #server = createServer((request, response) => this.#serve(request, response));
  #events = new EventEmitter().setMaxListeners(0);  // one event per request_id, and 'delivery' for every request
  #underway = new Map();  // running stores: a promise by request_id
  #results = new Map();
  #store;

  deliveries = 0;   // all POSTs
  duplicates = 0;   // POSTs with a known result
  problems = [];    // the errors of the other POSTs

  // `store` is what the app does with a new result, for example a database write; when it rejects, the delivery is
  // answered with 500.
  constructor({ store = async () => {} } = {}) {
    this.#store = store;
  }

  // Listens, on a free port by default, and returns the URL for callbacks. `announced` is the host's name as the API
  // sees it.
  async start({ host = '127.0.0.1', port = 0, announced = host, path = '/enrichment-callback' } = {}) {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    return `http://${announced}:${this.#server.address().port}${path}`;
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  // The result of one request, which may have arrived already; undefined if the signal aborts.
  async result(id, signal) {
    try {
      if (!this.#results.has(id)) await once(this.#events, id, { signal });
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
    }
    return this.#results.get(id);
  }

  // Resolves once that many deliveries have been answered.
  async delivered(count) {
    while (this.deliveries < count) await once(this.#events, 'delivery');
  }

  results() {
    return [...this.#results.values()];
  }

  async #serve(request, response) {
    const status = await this.#handle(request);
    response.writeHead(status).end();
    this.deliveries += 1;
    this.#events.emit('delivery');
  }

  async #handle(request) {
    try {
      if (request.method !== 'POST') throw new ShapeError(`callback: method ${request.method}`);
      checkContentType('callback', request.headers['content-type']);
      return await this.#take(checkCallback(parseBody(await readBody(request))));
    } catch (error) {
      this.problems.push(error.message);
      return error instanceof ShapeError ? 400 : 500;
    }
  }

  // Repetitions may overlap: one that arrives while the result is being stored waits for that.
  async #take(result) {
    const id = result.request_id;
    const known = this.#results.get(id) ?? await this.#underway.get(id);
    if (known) {
      this.duplicates += 1;
      if (JSON.stringify(known) !== JSON.stringify(result)) this.problems.push(`two results of ${id}`);
      return 200;
    }
    const storing = (async () => { await this.#store(result); return result; })();
    this.#underway.set(id, storing);
    try {
      this.#results.set(id, await storing);
    } finally {
      this.#underway.delete(id);
    }
    this.#events.emit(id);
    return 204;
  }
}
