// Shared by the tests of this folder: the real server as a child process, a key per test, leads, one run of the app.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { enrichLeads } from './app.mjs';
import { EnrichmentClient } from './client.mjs';
import { CallbackReceiver } from './receiver.mjs';

export const PATIENCE = 300_000; // milliseconds: a suite that takes longer hangs, on the slowest machine, too
const READY = /^enrichment-mock \S+ listening on (https?:\/\/127\.0\.0\.1:\d+) \(scenario (\S+)\)$/;

// The server would read its settings from such variables; tests use only flags.
const environment =
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ENRICHMENT_MOCK_')));

// Starts the server on a free port. `stop()` ends it with SIGTERM and checks that the exit status is 0.
export async function startEmulator(...flags) {
  const binary = process.env.ENRICHMENT_MOCK_BINARY;
  assert.ok(binary, 'ENRICHMENT_MOCK_BINARY must name the enrichment-mock program');
  const child = spawn(binary, ['--port', '0', ...flags], { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  const killChild = () => child.kill('SIGKILL');
  process.once('exit', killChild);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([once(lines, 'line'), exited.then(() => ['(it exited)'])]);
  const [, url, scenario] = READY.exec(line) ?? assert.fail(`no ready line but "${line}"\n${log}`);
  return {
    url,
    scenario,
    async stop() {
      child.kill('SIGTERM');
      const [status, signal] = await exited;
      process.removeListener('exit', killChild);
      assert.deepEqual({ status, signal }, { status: 0, signal: null }, log);
    },
  };
}

// A new key for each test, which runs the scenario of that name.
let keys = 0;
export const keyFor = (scenario) => `${scenario}.clients-${process.pid}-${keys += 1}`;

export const lead = (username, more = {}) =>
  ({ linkedin_url: `https://www.linkedin.com/in/${username}`, type: 'work', external_id: `lead-${username}`, ...more });

// A client that fails the test if a response to a call with a key does not name the right scenario.
export function clientFor(emulator, scenario, { apiKey = keyFor(scenario), ...more } = {}) {
  const onAnswer = ({ method, path, status, headers }) =>
    assert.equal(headers.get('x-mock-scenario'), scenario, `X-Mock-Scenario of ${method} ${path} (${status})`);
  return new EnrichmentClient({ baseUrl: emulator.url, apiKey, onAnswer, ...more });
}

// One run of the app with a new receiver, which stops when the test ends. `front` may put another server before
// it: it gets the receiver's URL, and returns the URL that the API sees.
export async function runApp(t, emulator, scenario, leads, settings = {}) {
  const { store, front, callbacks = true, client = clientFor(emulator, scenario), ...options } = settings;
  const receiver = callbacks ? new CallbackReceiver({ store }) : undefined;
  const ownUrl = await receiver?.start();
  if (receiver) t.after(() => receiver.stop());
  const callbackUrl = front ? await front(ownUrl) : ownUrl;
  const report = await enrichLeads({ client, leads, receiver, callbackUrl, ...options });
  return { report, client, receiver };
}

// The report of a run without problems, with these numbers of leads for each status.
export function assertReconciled(report, counts) {
  assert.deepEqual(report.problems, []);
  assert.deepEqual(report.counts, counts);
  assert.equal(report.credits.before - (counts.completed ?? 0), report.credits.after);
}

// Runs the lead-enricher program and returns its exit status and output.
export const runProgram = (...args) => runProgramWith({}, ...args);

// The same with additional environment variables.
export async function runProgramWith(variables, ...args) {
  const program = fileURLToPath(new URL('lead-enricher.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...variables } });
  let stdout = '', stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
  const [status] = await once(child, 'close');
  return { status, stdout, stderr };
}
