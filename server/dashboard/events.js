// Reads GET events with fetch, because EventSource cannot send a token. Reconnects if the stream ends or is silent. A
// hidden page closes its connection, because browsers allow only six per server.
import { parse } from './exact.js';

const SILENCE = 40_000; // the server sends something every 15 s
const PAUSES = [200, 500, 1000, 2000]; // before the next try

// The complete events of a text/event-stream, and the incomplete rest.
export function parseEvents(text) {
  const blocks = text.split('\n\n');
  const rest = blocks.pop();
  const events = [];
  for (const block of blocks) {
    const event = { type: 'message', data: '' };
    for (const line of block.split('\n')) {
      if (line.startsWith('event: ')) event.type = line.slice(7);
      else if (line.startsWith('data: ')) event.data += line.slice(6);
    }
    if (event.data) events.push({ type: event.type, data: parse(event.data) });
  }
  return { events, rest };
}

export class EventStream {
  #api;
  #on;
  #tries = 0;
  #abort = null;

  // `on`: { open() when the stream begins, events(list), lost(error) }.
  constructor(api, on) {
    this.#api = api;
    this.#on = on;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#abort?.abort() : this.start()));
  }

  async start() {
    if (this.#abort) return;
    this.#abort = new AbortController();
    const error = await this.#listen(this.#abort).catch((why) => why);
    this.#abort = null;
    if (document.hidden) return;
    this.#on.lost(error);
    const pause = PAUSES[Math.min(this.#tries, PAUSES.length - 1)];
    this.#tries += 1;
    setTimeout(() => this.start(), pause);
  }

  async #listen(abort) {
    const response = await this.#api.open({ path: 'events' }, abort.signal);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '',
      first = true;
    for (;;) {
      const watchdog = setTimeout(() => abort.abort(), SILENCE);
      const { value, done } = await reader.read().finally(() => clearTimeout(watchdog));
      if (done) return undefined;
      if (first) {
        // the server records events for this stream from now on: data that is loaded after this misses nothing
        first = false;
        this.#tries = 0;
        this.#on.open();
      }
      const parsed = parseEvents(rest + value);
      rest = parsed.rest;
      if (parsed.events.length) this.#on.events(parsed.events);
    }
  }
}
