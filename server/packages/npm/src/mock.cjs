// Starts a mock as a child process, or connects to one that runs elsewhere.
'use strict';
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { createInterface } = require('node:readline');

const { findBinary } = require('./binary.cjs');
const { MockStartError } = require('./errors.cjs');
const { call } = require('./http.cjs');
const { Team } = require('./team.cjs');

const { clearTimeout, setTimeout } = globalThis; // fake timers may replace them later
const READY = /^enrichment-mock \S+ listening on (\S+) \(scenario (.+)\)$/;
const KEPT_LOG = 16_384; // characters, for the message if the mock ends

// In older releases of Node 18 and 20, TypeScript and others use this symbol.
const asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

class Mock {
  #connection;
  #scenario;
  #stop;

  // `stop` ends the child process; without it, the mock runs elsewhere and goes on.
  constructor({ url, scenario, adminToken, whyDead, stop = async () => {} }) {
    this.url = url;
    this.adminUrl = `${url}/__admin`;
    this.#connection = { url, adminToken, whyDead };
    this.#scenario = scenario;
    this.#stop = stop;
    this[asyncDispose] = () => this.stop();
  }

  // The key begins with the scenario, so that no dot in the name makes the mock look for another one.
  team(name, { scenario = this.#scenario, ...others } = {}) {
    checkNames('team', others, ['scenario']);
    if (typeof name !== 'string' || !/^[\x21-\x7e]+$/.test(name))
      throw new TypeError(`team: the name is ${JSON.stringify(name)}; expected ASCII characters without spaces`);
    return this.teamWithKey(`${scenario}.${name}`);
  }

  // For keys that a scenario lists.
  teamWithKey(apiKey) {
    return new Team(this.#connection, apiKey);
  }

  async stop() {
    await this.#stop();
  }
}

const START_OPTIONS = ['scenario', 'scenarios', 'clock', 'seed', 'credits', 'args', 'binary'];

// Starts a mock on a free port, unless ENRICHMENT_MOCK_URL names one that already runs.
async function startMock(options = {}) {
  checkStartOptions(options);
  const url = process.env.ENRICHMENT_MOCK_URL;
  if (url) return connectMock({ url, scenario: scenarioOf(options), adminToken: process.env.ENRICHMENT_MOCK_ADMIN_TOKEN });
  return new Mock(await startChild(options));
}

// The default scenario of these options; a scenario has the name of its file.
function scenarioOf({ scenario }) {
  const [first] = [scenario ?? []].flat();
  return first === undefined ? undefined : path.basename(first, '.json');
}

async function connectMock({ url, adminToken, scenario, ...others }) {
  checkNames('connectMock', others, ['url', 'adminToken', 'scenario']);
  if (typeof url !== 'string' || !/^https?:\/\/[^/]/.test(url))
    throw new MockStartError(`${JSON.stringify(url)} is not the URL of a mock: expected one such as http://mock:8080`);
  const mock = { url: url.replace(/\/+$/, ''), adminToken };
  let scenarios;
  try {
    ({ scenarios } = await call(mock, { method: 'GET', path: 'scenarios' }));
  } catch ({ message }) {
    throw new MockStartError(`The mock at ${url} cannot be used: ${message}`);
  }
  if (!Array.isArray(scenarios)) throw new MockStartError(`The server at ${url} is not an enrichment-mock`);
  const chosen = scenarios.find((each) => (scenario === undefined ? each.default : each.name === scenario));
  if (!chosen) {
    throw new MockStartError(`The mock at ${url} has no scenario "${scenario}"; it has ${
      scenarios.map(({ name }) => name).join(', ')}. Start it with that --scenario`);
  }
  return new Mock({ ...mock, scenario: chosen.name });
}

function checkStartOptions(options) {
  checkNames('startMock', options, START_OPTIONS);
}

function checkNames(where, given, known) {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new TypeError(`${where}: unknown option "${unknown}"; expected ${known.join(', ')}`);
}

function flagsOf({ scenario = [], scenarios, clock = 'manual', seed, credits, args = [] }) {
  const values = { scenarios, clock, seed, credits };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return [
    // The mock ends with this process, even if it is killed: the system closes the pipe.
    '--port=0', '--quiet', '--stop-on-eof',
    ...[scenario].flat().map((each) => `--scenario=${each}`),
    ...given.map(([name, value]) => `--${name}=${value}`),
    ...args,
  ];
}

// The variables are settings of the mock, except the two that this package reads.
function environment() {
  const { ENRICHMENT_MOCK_BINARY, ENRICHMENT_MOCK_SNAPSHOTS, ...others } = process.env;
  return others;
}

// Starts the program and waits until it is ready. The result is what a Mock consists of, and `child`. The child does not
// keep this process running.
async function startChild(options) {
  const binary = findBinary(options.binary);
  const child = spawn(binary, flagsOf(options), { stdio: ['pipe', 'pipe', 'pipe'], env: environment() });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { log = (log + text).slice(-KEPT_LOG); });
  child.stdin.on('error', () => {}); // it has ended, which `ended` reports
  const ended = new Promise((resolve) => {
    child.once('error', ({ message }) => resolve(`cannot run ${binary}: ${message}`));
    child.once('close', (status, signal) =>
      resolve(`enrichment-mock ended with ${signal ?? `exit status ${status}`}:\n${log.trim() || '(it printed nothing)'}`));
  });
  const lines = createInterface({ input: child.stdout });
  const ready = once(lines, 'line').then(([line]) => READY.exec(line) ?? `unexpected line of ${binary}: ${line}`);
  const first = await Promise.race([ready, ended]);
  lines.close();
  child.stdout.resume();
  if (typeof first === 'string') {
    child.kill('SIGKILL');
    throw new MockStartError(`The mock did not start: ${first}`);
  }
  for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.unref();
  let dead;
  ended.then((reason) => { dead = reason; });
  const [, url, scenario] = first;
  const adminToken = process.env.ENRICHMENT_MOCK_ADMIN_TOKEN || undefined;
  return { url, scenario, adminToken, child, whyDead: () => dead, stop: () => stopChild(child, ended) };
}

async function stopChild(child, ended) {
  child.ref();
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

module.exports = { Mock, checkNames, checkStartOptions, connectMock, startChild, startMock };
