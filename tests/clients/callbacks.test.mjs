// Callbacks that fail. Server time runs twenty times as fast: the backoff of 1 s and 2 s is 50 and 100 ms.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';

import { PATIENCE, assertReconciled, lead, runApp, startEmulator } from './testing.mjs';

const BACKOFF_MS = 150;

// A server in front of the receiver that answers each request itself; `seen(n)` resolves with the first n of them.
async function startFront(t, answer) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method, at: performance.now() });
    answer(response);
    server.emit('seen');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  return {
    url: `http://127.0.0.1:${server.address().port}/front`,
    async seen(count) {
      while (requests.length < count) await once(server, 'seen');
      return requests;
    },
  };
}

function assertSpaced(requests) {
  const gaps = requests.slice(1).map(({ at }, n) => at - requests[n].at);
  assert.ok(gaps[0] >= 50 - 1 && gaps[1] >= 100 - 1, `backoff of 50 and 100 ms, but gaps of ${gaps.join(' and ')}`);
}

describe('callbacks', { concurrency: 8, timeout: PATIENCE }, () => {
  let emulator;
  before(async () => { emulator = await startEmulator('--time-scale', '20'); });
  after(() => emulator.stop());

  test('flaky: two attempts fail, the third arrives', async (t) => {
    const started = performance.now();
    const leads = [lead('ada'), lead('grace'), lead('alan', { type: 'personal' })];
    const { report } = await runApp(t, emulator, 'flaky-callback', leads);
    assertReconciled(report, { completed: 3 });
    assert.deepEqual(report.leads.map(({ via }) => via), ['callback', 'callback', 'callback']);
    assert.deepEqual(report.callbacks, { deliveries: 3, results: 3, duplicates: 0 });
    assert.ok(performance.now() - started >= BACKOFF_MS, 'the backoff of two failed attempts lies before the third');
  });

  test('a receiver that answers 500 twice gets the callback a third time', async (t) => {
    const at = [];
    const store = async () => {
      at.push({ at: performance.now() });
      if (at.length < 3) throw new Error('database down');
    };
    const { report, receiver } = await runApp(t, emulator, 'happy-path', [lead('ada')], { store });
    assert.deepEqual(receiver.problems.splice(0), ['database down', 'database down']);
    assert.deepEqual(report.counts, { completed: 1 });
    assert.ok(report.credits.reconciled);
    assert.equal(report.leads[0].via, 'callback');
    assert.equal(report.callbacks.deliveries, 3);
    assertSpaced(at);
  });

  for (const status of [302, 307, 308]) {
    test(`a redirect (${status}) is a failed attempt and not followed: the app falls back to polling`, async (t) => {
      let front;
      const { report, receiver } = await runApp(t, emulator, 'happy-path', [lead('ada')], {
        callbackPatienceMs: 400,
        front: async (location) => {
          front = await startFront(t, (response) => response.writeHead(status, { location }).end());
          return front.url;
        },
      });
      assertReconciled(report, { completed: 1 });
      assert.equal(report.leads[0].via, 'poll');
      const requests = await front.seen(3);
      assertSpaced(requests);
      assert.deepEqual(requests.map(({ method }) => method), ['POST', 'POST', 'POST']);
      assert.equal(receiver.deliveries, 0);
    });
  }

  test('a receiver that closes the connection gets three attempts', async (t) => {
    const front = await startFront(t, (response) => response.destroy());
    const { report } = await runApp(t, emulator, 'happy-path', [lead('ada')], {
      callbackPatienceMs: 400, front: async () => front.url,
    });
    assertReconciled(report, { completed: 1 });
    assertSpaced(await front.seen(3));
  });

  test('the callback URL is a closed port: the app falls back to polling', async (t) => {
    const { report } = await runApp(t, emulator, 'happy-path', [lead('ada')], {
      callbackPatienceMs: 200, front: async () => 'http://127.0.0.1:9/nobody',
    });
    assertReconciled(report, { completed: 1 });
    assert.equal(report.leads[0].via, 'poll');
  });
});
