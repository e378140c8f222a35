// What a test suite needs to use enrichment-mock: one server for each test file, and a new team for each test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

// Team time stands still until a test moves it, so that no test has to sleep.
export async function startMock(binary = process.env.ENRICHMENT_MOCK_BINARY ?? 'enrichment-mock') {
  const child = spawn(binary, ['--port', '0', '--clock', 'manual', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const ready = once(createInterface({ input: child.stdout }), 'line');
  const [line] = await Promise.race([ready, exited.then(() => { throw new Error(`${binary} did not start`); })]);
  const url = /http:\/\/\S+/.exec(line)[0];
  return {
    url,
    // Two keys never see each other. The part before the dot is the scenario that the team runs.
    team: (name, scenario = 'default') => new Team(url, `${scenario}.${name}`),
    async stop() {
      child.kill();
      await exited;
    },
  };
}

// The team of one API key, through the control API.
class Team {
  constructor(url, apiKey) {
    this.url = url;
    this.apiKey = apiKey;
  }

  // Moves the clock on ("10s"). When it returns, everything that was due has happened, callbacks included.
  advance = (by) => this.control('POST', 'clock/advance', { by });

  // Runs until nothing more will happen by itself.
  settle = () => this.control('POST', 'settle');

  // Throws if an expectation is not met; the message says which one, and shows the nearest call.
  verify = (...expect) => this.control('POST', 'verify', { expect });

  // Puts this rule first for that many matching requests. It is written as in a scenario file.
  script = (rule, times = 1) => this.control('POST', 'rules', { rule, times });

  reset = () => this.control('POST', 'reset');
  credits = async () => (await this.control('GET', 'credits')).balance;
  enrichments = () => this.list('enrichments');
  callbacks = () => this.list('callbacks');

  // Reads all pages: each response says where the next page begins.
  async list(what) {
    const all = [];
    for (let after = ''; after !== null; ) {
      const page = await this.control('GET', `${what}?limit=1000${after && `&after=${after}`}`);
      all.push(...page[what]);
      after = page.next;
    }
    return all;
  }

  async control(method, path, body) {
    const response = await fetch(`${this.url}/__admin/${path}`, {
      method,
      headers: { 'x-api-key': this.apiKey },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}
