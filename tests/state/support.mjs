// Shared by the tests of this folder: the program as a child process that can be killed, keep-alive calls that are either
// answered completely or not at all, and a receiver of callbacks that outlives the mock.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { createInterface } from 'node:readline';

export const PATIENCE = 300_000; // milliseconds: a suite that takes longer hangs, on the slowest machine, too
const HANGS = 60_000;            // a call or a condition
const READY = /^enrichment-mock \S+ listening on (http:\/\/127\.0\.0\.1:\d+) \(scenario (\S+)\)$/m;

export const now = () => performance.now();

export const binary = () => process.env.ENRICHMENT_MOCK_BINARY
  ?? assert.fail('ENRICHMENT_MOCK_BINARY must name the enrichment-mock program');

// The program would read its settings from such variables; tests use only flags.
export const environment =
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ENRICHMENT_MOCK_')));

// Runs another command of the program to its end.
export const run = (...args) => spawnSync(binary(), args, { encoding: 'utf8', env: environment, timeout: PATIENCE });

const children = new Set();
process.once('exit', () => { for (const child of children) child.kill('SIGKILL'); });

// One process of the mock. `ready` resolves to its URL, or to undefined if it exits before that.
export class Mock {
  stdout = '';
  stderr = '';
  exit;  // { status, signal } once it has exited

  // `through`: a command that runs the program, such as `faketime`.
  constructor(flags, { through = [], env = {}, cwd } = {}) {
    const [program, ...args] = [...through, binary(), '--port', '0', '--quiet', ...flags];
    this.child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd, env: { ...environment, ...env } });
    children.add(this.child);
    this.child.stderr.setEncoding('utf8').on('data', (text) => { this.stderr += text; });
    this.child.stdout.setEncoding('utf8').on('data', (text) => { this.stdout += text; });
    this.exited = once(this.child, 'close').then(([status, signal]) => {
      children.delete(this.child);
      return (this.exit = { status, signal });
    });
    this.ready = new Promise((resolve) => {
      this.child.stdout.on('data', () => {
        const [, url] = READY.exec(this.stdout) ?? [];
        if (url) resolve(this.url = url);
      });
      this.exited.then(() => resolve(undefined));
    });
  }

  async kill() {
    this.child.kill('SIGKILL');
    return this.exited;
  }

  // Ends it in order; checks that the exit status is 0.
  async stop() {
    this.child.kill('SIGTERM');
    assert.deepEqual(await this.exited, { status: 0, signal: null }, this.stderr);
  }
}

// Starts a mock that must become ready.
export async function start(...flags) {
  const mock = new Mock(flags);
  assert.ok(await mock.ready, `the mock exited with ${JSON.stringify(mock.exit)}: ${mock.stderr}`);
  return mock;
}

// A call ended without a complete answer: nobody knows whether it had an effect.
export class Cut extends Error {}

// Keep-alive connections to one process of the mock.
export class Calls {
  #agent = new Agent({ keepAlive: true, maxSockets: Infinity });

  constructor(url) {
    this.url = url;
  }

  // Returns { status, body, sent, ended }, or throws Cut. `sent` and `ended`: when the call began and was answered.
  make(method, path, { key, body, headers = {} } = {}) {
    const sent = now();
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const cut = (error) => reject(new Cut(`${method} ${path}: ${error?.message ?? 'closed'}`));
      const call = request(`${this.url}${path}`, {
        method, agent: this.#agent, timeout: HANGS,
        headers: {
          ...(key && { 'x-api-key': key }),
          ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...headers,
        },
      }, (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (more) => { answer += more; });
        response.on('error', cut).on('close', () => {
          if (!response.complete) return cut();
          let parsed;
          try {
            parsed = answer && JSON.parse(answer);
          } catch {
            parsed = answer;
          }
          resolve({ status: response.statusCode, body: parsed, sent, ended: now() });
        });
      });
      call.on('error', cut);
      call.on('timeout', () => {
        reject(new Error(`${method} ${path} is not answered within a minute`));
        call.destroy();
      });
      call.end(text);
    });
  }

  async get(path, key) {
    return this.expect('GET', path, { key });
  }

  // The same, for a call whose answer must be 200 or 201. Returns the body. Throws Cut if the mock cannot save.
  async expect(method, path, options) {
    const { status, body } = await this.make(method, path, options);
    if (status === 503) throw new Cut(`${method} ${path}: 503 ${JSON.stringify(body)}`);
    assert.ok(status === 200 || status === 201, `${method} ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  // Calls `onEvent` with each event of the team, until the connection ends.
  listen(key, onEvent) {
    return new Promise((resolve) => {
      const call = request(`${this.url}/__admin/events`, { agent: this.#agent, headers: { 'x-api-key': key } }, (response) => {
        if (response.statusCode === 200) {
          createInterface({ input: response }).on('line', (line) => {
            if (line.startsWith('data: ')) onEvent(JSON.parse(line.slice(6)));
          }).on('error', () => {});
        } else {
          response.resume();
        }
        response.on('error', () => {}).on('close', resolve);
      });
      call.on('error', resolve);
      call.end();
    });
  }

  // All records of a list with pages, such as `enrichments`.
  async all(list, key, records = list) {
    const found = [];
    for (let after = ''; ;) {
      const page = await this.get(`/__admin/${list}?limit=1000${after}`, key);
      found.push(...page[records]);
      if (page.next === null) return found;
      after = `&after=${page.next}`;
    }
  }

  close() {
    this.#agent.destroy();
  }
}

export const POST_PATH = '/v1/api/enrichment/email';

// Asks again until `condition` returns something true, and returns that.
export async function until(what, condition) {
  for (const deadline = now() + HANGS; ;) {
    const found = await condition();
    if (found) return found;
    if (now() > deadline) throw new Error(`a minute has passed without: ${what}`);
    await new Promise(setImmediate);
  }
}

// Counts callbacks by path, /WAY/KEY/N. The way is how it answers: `ok` with 204; `flaky` first with 500, then with 204;
// `slow` with 204 a little later; `silent` not at all while `isSilent`; `void` with 204, and it is not counted.
export class CountingReceiver {
  isSilent = true;
  #received = new Map();  // by key and path: how many complete requests
  onCallback = () => {};
  total = 0;
  #server = createServer((call, response) => this.#serve(call, response));

  async start() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.url = `http://127.0.0.1:${this.#server.address().port}`);
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  // How many requests each path of the key has received until now: a function, to which later ones make no difference.
  counts(key) {
    const counts = new Map(this.#received.get(key));
    return (path) => counts.get(path) ?? 0;
  }

  #add(key, path) {
    if (!this.#received.has(key)) this.#received.set(key, new Map());
    const counts = this.#received.get(key), count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    this.total += 1;
    return count;
  }

  async #serve(call, response) {
    let text = '';
    try {
      for await (const more of call.setEncoding('utf8')) text += more;
    } catch {
      return;  // the mock was killed while it sent this
    }
    if (!call.complete) return;
    const path = call.url, [, way, key] = path.split('/');
    if (way === 'void') return void response.writeHead(204).end();
    const count = this.#add(key, path);
    this.onCallback(key, JSON.parse(text), now(), call.headers);
    const answer = () => response.writeHead(way === 'flaky' && count === 1 ? 500 : 204).end();
    if (way === 'silent' && this.isSilent) return;
    if (way === 'slow') setTimeout(answer, 25);
    else answer();
  }
}

// Numbers that a seed makes the same in every run.
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  below(n) {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  }

  between(least, most) {
    return least + this.below(most - least + 1);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  chance(percent) {
    return this.below(100) < percent;
  }

  shuffled(list) {
    const left = [...list], result = [];
    while (left.length > 0) result.push(...left.splice(this.below(left.length), 1));
    return result;
  }
}
