// The lead-enricher program from the outside: many leads, its report, its exit status.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { PATIENCE, assertReconciled, keyFor, lead, runProgram, startEmulator } from './testing.mjs';

describe('lead-enricher', { concurrency: 8, timeout: PATIENCE }, () => {
  let emulator, folder;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lead-enricher-'));
    emulator = await startEmulator('--time-scale', '20');
  });
  after(async () => {
    await emulator.stop();
    await rm(folder, { recursive: true });
  });

  async function enrich(scenario, leads, ...flags) {
    const apiKey = keyFor(scenario), file = join(folder, `${apiKey}.json`);
    await writeFile(file, JSON.stringify(leads));
    return runProgram('--base-url', emulator.url, '--api-key', apiKey, '--leads', file, ...flags);
  }

  test('200 leads, 32 at a time, half of them with callbacks', async () => {
    const leads = Array.from({ length: 200 }, (_, n) => lead(`person-${n}`, { callback: n % 2 === 0 }));
    const { status, stdout, stderr } = await enrich('happy-path', leads, '--concurrency', '32', '--json');
    assert.equal(stderr, '');
    const report = JSON.parse(stdout);
    assertReconciled(report, { completed: 200 });
    assert.equal(status, 0);
    assert.equal(report.leads.filter(({ via }) => via === 'callback').length, 100);
    assert.deepEqual(report.callbacks, { deliveries: 100, results: 100, duplicates: 0 });
    assert.equal(new Set(report.leads.map(({ id }) => id)).size, 200);
  });

  test('a mixed list is accounted for: exit status 0', async () => {
    const leads = ['ada', 'not-found-grace', 'failed-alan', 'callback-lost-kay'].map((name) => lead(name));
    const { status, stdout, stderr } = await enrich('default', leads, '--callback-patience', '400');
    assert.equal(stderr, '');
    assert.match(stdout, /^2 completed, 1 not-found, 1 failed$/m);
    assert.match(stdout, /^credits: (\d+) - 2 = (\d+)$/m);
    assert.equal(status, 0);
  });

  test('a lead without an answer is named: exit status 1', async () => {
    const leads = [lead('ada'), lead('stuck-ada')];
    const { status, stderr } = await enrich('default', leads, '--no-callbacks', '--deadline', '500');
    assert.match(stderr, /^problem: \S+\/in\/stuck-ada: [0-9a-f]{24} is still (pending|processing) at the deadline$/m);
    assert.equal(status, 1);
  });

  test('a mistyped key is reported with the API\'s message: exit status 1', async () => {
    const { status, stderr } = await enrich('hapy-path', [lead('ada')]);
    assert.match(stderr, /^lead-enricher: .*happy-path/);
    assert.equal(status, 1);
  });

  test('no server at the base URL is reported: exit status 1', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const baseUrl = `http://127.0.0.1:${server.address().port}`;
    server.close();
    const { status, stderr } = await enrich('default', [lead('ada')], '--base-url', baseUrl);
    assert.match(stderr, /^lead-enricher: connect ECONNREFUSED/);
    assert.equal(status, 1);
  });

  test('called wrongly: exit status 2', async () => {
    const { status, stderr } = await runProgram('--base-url', emulator.url);
    assert.match(stderr, /^lead-enricher: --api-key is missing$/m);
    assert.equal(status, 2);
  });
});
