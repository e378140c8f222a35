// Clients with a hard-coded https scheme: Node's and curl, against a certificate that the server made for itself.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { PATIENCE, assertReconciled, keyFor, lead, runProgramWith, startEmulator } from './testing.mjs';

describe('over https', { concurrency: 4, timeout: PATIENCE }, () => {
  let emulator, folder, authority, url;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tls-'));
    authority = join(folder, 'ca.pem');
    emulator = await startEmulator('--time-scale', '20', '--tls-self-signed', '--tls-ca-file', authority);
    url = emulator.url.replace('127.0.0.1', 'localhost');
  });
  after(async () => {
    await emulator.stop();
    await rm(folder, { recursive: true });
  });

  async function enrich(variables) {
    const apiKey = keyFor('happy-path'), file = join(folder, `${apiKey}.json`);
    await writeFile(file, JSON.stringify(Array.from({ length: 40 }, (_, n) => lead(`person-${n}`, { callback: n % 2 === 0 }))));
    return runProgramWith(variables, '--base-url', url, '--api-key', apiKey, '--leads', file, '--json');
  }

  async function curl(...args) {
    const child = spawn('curl', ['-sS', '-m', '20', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; });
    const [status] = await once(child, 'close');
    return { status, stdout };
  }

  test('an app on Node that trusts the authority works as over http', async () => {
    const { status, stdout, stderr } = await enrich({ NODE_EXTRA_CA_CERTS: authority });
    assert.equal(stderr, '');
    const report = JSON.parse(stdout);
    assertReconciled(report, { completed: 40 });
    assert.equal(report.callbacks.deliveries, 20);
    assert.equal(status, 0);
  });

  test('an app on Node that does not trust it fails', async () => {
    const { status } = await enrich({});
    assert.notEqual(status, 0);
  });

  test('curl works by name and by address, and trusts no other certificate', async () => {
    for (const base of [url, emulator.url]) {
      const { status, stdout } = await curl('--cacert', authority, `${base}/__admin/ready`);
      assert.deepEqual({ status, stdout }, { status: 0, stdout: '{"status":"ready"}' });
    }
    assert.equal((await curl(`${url}/__admin/ready`)).status, 60);
  });

  test('faults on the wire are the same over https', async () => {
    const apiKey = keyFor('malformed-responses');
    const submit = () => curl('--cacert', authority, `${url}/v1/api/enrichment/email`, '-m', '2', '-H', `x-api-key: ${apiKey}`,
      '-H', 'content-type: application/json', '-d', JSON.stringify(lead('ada')));
    const statuses = [];
    for (let n = 0; n < 12; n += 1) statuses.push((await submit()).status);
    // A reset, an empty response, a truncated one, a stalled one.
    for (const expected of [56, 52, 18, 28]) assert.ok(statuses.includes(expected), `${expected} in ${statuses}`);
  });
});
