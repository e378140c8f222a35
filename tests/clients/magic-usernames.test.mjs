// The usernames of the default scenario that stand for a behaviour, as test card numbers do.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { PATIENCE, clientFor, assertReconciled, lead, runApp, startEmulator } from './testing.mjs';

describe('magic usernames', { concurrency: 8, timeout: PATIENCE }, () => {
  let emulator;
  before(async () => { emulator = await startEmulator('--time-scale', '20'); });
  after(() => emulator.stop());

  const run = (t, username, options) => runApp(t, emulator, 'default', [lead(username)], options);

  test('not-found', async (t) => {
    const { report } = await run(t, 'not-found-ada');
    assertReconciled(report, { 'not-found': 1 });
  });

  test('failed', async (t) => {
    const { report } = await run(t, 'failed-ada', { callbackPatienceMs: 250 });
    assertReconciled(report, { failed: 1 });
  });

  test('stuck', async (t) => {
    const { report } = await run(t, 'stuck-ada', { callbackPatienceMs: 100, deadlineMs: 600 });
    assert.deepEqual(report.counts, { unresolved: 1 });
  });

  test('slow: it is found in the end', async (t) => {
    const { report } = await run(t, 'slow-ada', { callbackPatienceMs: 10_000 });
    assertReconciled(report, { completed: 1 });
  });

  test('rate-limited: the app waits as long as it is told to, and gives up in the end', async (t) => {
    const waits = [], told = [];
    const onAnswer = ({ status, headers }) => { if (status === 429) told.push(Number(headers.get('retry-after'))); };
    const client = clientFor(emulator, 'default', { onAnswer });
    const wait = async (ms) => { waits.push(ms); };
    const { report } = await run(t, 'rate-limited-ada', { client, wait, submitAttempts: 4 });
    assertReconciled(report, { rejected: 1 });
    assert.match(report.leads[0].reason, /^RateLimitedError: \S/);
    assert.equal(told.length, 4);
    for (const seconds of told) assert.ok(seconds >= 1, `Retry-After: ${seconds}`);
    for (const [n, ms] of waits.entries()) assert.ok(ms >= told[n] * 1000, `waited ${ms} ms, told ${told[n]} s`);
    assert.equal(waits.length, 3);
  });

  test('server-error', async (t) => {
    const { report } = await run(t, 'server-error-ada', { retry: { firstMs: 5, capMs: 20 } });
    assertReconciled(report, { rejected: 1 });
    assert.deepEqual(report.leads[0].retries.map(({ reason }) => reason), [500, 500, 500]);
    assert.match(report.leads[0].reason, /^ServerError: /);
  });

  test('no-credits: refused whatever the balance', async (t) => {
    const { report } = await run(t, 'no-credits-ada');
    assertReconciled(report, { unsubmitted: 1 });
    assert.ok(report.credits.before > 0);
    assert.match(report.stopped, /^out of credits: /);
  });

  test('callback-lost: the app falls back to polling', async (t) => {
    const { report } = await run(t, 'callback-lost-ada', { callbackPatienceMs: 500 });
    assertReconciled(report, { completed: 1 });
    assert.equal(report.leads[0].via, 'poll');
    assert.equal(report.callbacks.deliveries, 0);
  });

  test('callback-twice: the app recognises the second', async (t) => {
    const stored = [];
    const store = async (result) => { stored.push(result); };
    const { report, receiver } = await run(t, 'callback-twice-ada', { store });
    assertReconciled(report, { completed: 1 });
    await receiver.delivered(2);
    assert.equal(receiver.duplicates, 1);
    assert.deepEqual(stored.map(({ request_id }) => request_id), [report.leads[0].id]);
    assert.deepEqual(receiver.problems, []);
  });

  test('letter case does not matter', async (t) => {
    const { report } = await run(t, 'Not-Found-Ada');
    assertReconciled(report, { 'not-found': 1 });
  });
});
