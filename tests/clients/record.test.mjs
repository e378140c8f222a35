// The app meets a scenario through `enrichment-mock record`, and then the file that this has written: it gets the same
// answers, results and callbacks.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';

import { EnrichmentClient } from './client.mjs';
import { PATIENCE, keyFor, lead, runApp, startEmulator } from './testing.mjs';

const binary = process.env.ENRICHMENT_MOCK_BINARY;
const environment =
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ENRICHMENT_MOCK_')));

// Passes connections on to a port that is only known later, like a tunnel from the internet.
async function startTunnel(t) {
  const tunnel = { port: 0 };
  const server = createServer((from) => {
    const to = connect(tunnel.port, '127.0.0.1');
    for (const [one, other] of [[from, to], [to, from]]) one.on('error', () => other.destroy()).pipe(other);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  tunnel.url = `http://127.0.0.1:${server.address().port}`;
  return tunnel;
}

// Starts `enrichment-mock record` with a new file. `stop()` ends it, and returns the text of the file.
async function startRecorder(t, upstream, ...flags) {
  const folder = mkdtempSync(join(tmpdir(), 'record-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'recorded.json');
  const tunnel = await startTunnel(t);
  const child = spawn(binary, ['record', '--upstream', upstream, '--out', file, '--port', '0', '--public-url', tunnel.url,
                               '--callback-port', '0', ...flags],
                      { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  const killChild = () => child.kill('SIGKILL');
  process.once('exit', killChild);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([once(lines, 'line'), exited.then(() => ['(it exited)'])]);
  const [, url, port] = /listening on (\S+) \(recording \S+, callbacks on port (\d+)\)$/.exec(line) ??
    assert.fail(`no ready line but "${line}"\n${log}`);
  tunnel.port = Number(port);
  return {
    url, file,
    async stop() {
      child.kill('SIGTERM');
      const [status, signal] = await exited;
      process.removeListener('exit', killChild);
      assert.deepEqual({ status, signal }, { status: 0, signal: null }, log);
      return { text: readFileSync(file, 'utf8'), log };
    },
  };
}

const people = (count, more) => Array.from({ length: count }, (_, n) => lead(`person-${n}`, more));
const half = (leads) => leads.map((one, n) => ({ ...one, callback: n % 2 === 0 }));

const PATIENT = { callbackPatienceMs: 25_000 };
// However busy the machine is, a callback that comes is not too late, and one that does not come costs little time.
const IMPATIENT = { callbackPatienceMs: 300, poll: { firstMs: 5, capMs: 20 } };

// The scenarios without faults, schedule, rate_limit and weights. Callbacks of one delivery each are counted if the app
// waits for them; where it stops waiting, what arrives later is waited for: `deliveries`.
const CASES = {
  default: {
    leads: ['ada', 'not-found-ada', 'failed-ada', 'callback-lost-ada', 'callback-twice-ada', 'server-error-ada', 'grace']
      .map((name) => lead(name)),
    settings: { ...IMPATIENT, submitAttempts: 2, callbackPatienceMs: 1_000 }, deliveries: 5,
  },
  'happy-path': { leads: people(8), settings: PATIENT, deliveries: 8 },
  'not-found': { leads: half(people(6)), settings: PATIENT, deliveries: 3 },
  'lookup-failed': { leads: people(4), settings: IMPATIENT, deliveries: 0 },
  stuck: { leads: people(2), settings: { ...IMPATIENT, deadlineMs: 600 }, deliveries: 0 },
  'slow-lookup': { leads: half(people(4)), settings: PATIENT, deliveries: 2 },
  'poll-driven': { leads: people(4, { callback: false }), settings: { poll: { firstMs: 5, capMs: 20 } }, deliveries: 0 },
  'out-of-credits': { leads: people(2), settings: {}, deliveries: 0 },
  'last-credit-race': { leads: people(6), settings: { ...IMPATIENT, callbackPatienceMs: 1_500 }, deliveries: 3 },
  'flaky-callback': { leads: people(3), settings: PATIENT, deliveries: 3 },
  'callback-never': { leads: people(3), settings: IMPATIENT, deliveries: 0 },
  'duplicate-callbacks': { leads: people(3), settings: PATIENT, deliveries: 9 },
  'out-of-order-callbacks': { leads: people(5), settings: PATIENT, deliveries: 5 },
  'callback-before-response': { leads: people(3), settings: { ...PATIENT, concurrency: 1 }, deliveries: 3 },
  'corrupt-callback': { leads: people(6), settings: { ...IMPATIENT, concurrency: 1, callbackPatienceMs: 1_500 }, deliveries: 16 },
  'closed-teams': { leads: people(3), settings: PATIENT, deliveries: 3, apiKey: 'closed-teams-acme' },
};

// A proxy before a receiver that measures the pauses from an answer to the next attempt with the same body:
// gaps[n] are those after the n-th attempt.
async function measureGaps(t) {
  const gaps = [], answered = new Map();
  const server = createHttpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { count = 0, end } = answered.get(body) ?? {};
    if (count > 0) (gaps[count - 1] ??= []).push(performance.now() - end);
    const { status } = await fetch(server.receiver, { method: 'POST', body, headers: { 'content-type': request.headers['content-type'] } });
    answered.set(body, { count: count + 1, end: performance.now() });
    response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const front = (url) => {
    server.receiver = url;
    return `http://127.0.0.1:${server.address().port}/`;
  };
  return { gaps, front };
}

const durations = (text) => [...text.matchAll(/([\d.]+)(us|ms|s)/g)]
  .map(([, value, unit]) => Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit]);

// What the app sees of each lead, and how many deliveries there were in all.
async function play(t, emulator, key, { leads, settings, deliveries }) {
  const answers = {};
  const client = new EnrichmentClient({ baseUrl: emulator.url, apiKey: key });
  const request = client.requestEnrichment.bind(client);
  client.requestEnrichment = async (asked) => {
    const seen = (answers[asked.linkedin_url] ??= []);
    try {
      const accepted = await request(asked);
      seen.push(201);
      return accepted;
    } catch (error) {
      seen.push(error.status ?? error.message);
      throw error;
    }
  };
  const { report, receiver } = await runApp(t, emulator, '', leads, { ...settings, client });
  await receiver.delivered(deliveries);
  return {
    leads: report.leads.map(({ linkedin_url, status, email, via }) => ({ linkedin_url, status, email, via })),
    answers,
    credits: { before: report.credits.before, after: report.credits.after },
    deliveries: receiver.deliveries,
    problems: receiver.problems.map((problem) => problem.replace(/[0-9a-f]{24}/g, 'ID')).sort(),
  };
}

describe('what is recorded is replayed', { concurrency: 4, timeout: PATIENCE }, () => {
  let upstream;
  before(async () => { upstream = await startEmulator('--time-scale', '20'); });
  after(() => upstream.stop());

  for (const [scenario, played] of Object.entries(CASES)) {
    test(scenario, async (t) => {
      const key = played.apiKey ?? keyFor(scenario);
      const recorder = await startRecorder(t, upstream.url, '--pseudonyms', 'none');
      const seen = await play(t, recorder, key, played);
      const { text, log } = await recorder.stop();
      for (const written of [text, log]) assert.ok(!written.includes(key), 'the key is written nowhere');

      const checked = spawnSync(binary, ['validate', recorder.file], { encoding: 'utf8' });
      assert.equal(checked.status, 0, `${checked.stdout}${checked.stderr}\n${text}`);
      const replayed = await startEmulator('--scenario', recorder.file);
      t.after(() => replayed.stop());
      assert.deepEqual(await play(t, replayed, 'recorded.again', played), seen, text);
    });
  }

  test('the gaps between attempts are within the bounds', async (t) => {
    const { leads, settings, deliveries } = CASES['corrupt-callback'];
    const measured = await measureGaps(t), again = await measureGaps(t);
    const recorder = await startRecorder(t, upstream.url);
    await play(t, recorder, keyFor('corrupt-callback'), { leads, settings: { ...settings, front: measured.front }, deliveries });
    const { text } = await recorder.stop();
    const [, comment, backoff] = /to the next one: (.*)\.\n\s*"backoff": (\[.*\])/.exec(text) ?? assert.fail(text);
    const bounds = durations(comment), learned = durations(backoff);
    assert.equal(learned.length, 2, text);
    // The recorder is between the upstream, which waits a twentieth of one and two seconds, and the client.
    for (const [n, gaps] of measured.gaps.entries()) {
      const [least, most] = bounds.slice(2 * n);
      assert.ok(50 * (n + 1) <= least && least <= Math.min(...gaps), text);
      assert.ok(least <= learned[n] && learned[n] <= most && most <= Math.max(...gaps), text);
    }
    const replayed = await startEmulator('--scenario', recorder.file);
    t.after(() => replayed.stop());
    await play(t, replayed, 'recorded', { leads, settings: { ...settings, front: again.front }, deliveries });
    for (const [n, gaps] of again.gaps.entries()) assert.ok(learned[n] <= Math.min(...gaps), text);
  });
});
