// Connections that break between app and server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';

import { PATIENCE, assertReconciled, clientFor, lead, runApp, startEmulator } from './testing.mjs';

// A proxy that resets the connection of the first `count` requests that begin with `method`.
async function startBreaker(t, emulator, method, count) {
  const { hostname, port } = new URL(emulator.url);
  let left = count;
  const proxy = createServer((inbound) => {
    const outbound = connect(Number(port), hostname);
    outbound.on('error', () => {}).pipe(inbound).on('error', () => outbound.destroy());
    inbound.on('close', () => outbound.destroy()).on('data', (chunk) => {
      if (!chunk.toString('latin1').startsWith(method) || (left -= 1) < 0) return outbound.write(chunk);
      return inbound.resetAndDestroy();
    });
    t.after(() => inbound.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.close());
  return `http://127.0.0.1:${proxy.address().port}`;
}

describe('broken connections', { concurrency: 8, timeout: PATIENCE }, () => {
  let emulator;
  before(async () => { emulator = await startEmulator('--time-scale', '20'); });
  after(() => emulator.stop());

  async function run(t, method, count) {
    const client = clientFor(emulator, 'happy-path', { baseUrl: await startBreaker(t, emulator, method, count) });
    const retry = { firstMs: 5, capMs: 20 };
    return runApp(t, emulator, 'happy-path', [lead('ada')], { client, callbacks: false, retry });
  }

  test('a request whose connection breaks is sent again', async (t) => {
    const { report } = await run(t, 'POST', 2);
    assertReconciled(report, { completed: 1 });
    assert.equal(report.leads[0].retries.length, 2);
  });

  test('the app gives up on a request whose connection always breaks', async (t) => {
    const { report } = await run(t, 'POST', 4);
    assertReconciled(report, { rejected: 1 });
    assert.match(report.leads[0].reason, /^ConnectionError: \S/);
  });

  test('a poll whose connection breaks is repeated', async (t) => {
    const { report } = await run(t, 'GET /v1/api/enrichment/email/', 1);
    assertReconciled(report, { completed: 1 });
  });
});
