// How lookups end, as an app sees it, on a server whose time runs twenty times as fast.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { PATIENCE, assertReconciled, clientFor, lead, runApp, startEmulator } from './testing.mjs';

const PEOPLE = [lead('ada'), lead('grace', { type: 'personal' }), lead('alan', { external_id: undefined })];

describe('lookups', { concurrency: 8, timeout: PATIENCE }, () => {
  let emulator;
  before(async () => { emulator = await startEmulator('--time-scale', '20'); });
  after(() => emulator.stop());

  test('everyone is found, and calls back', async (t) => {
    const { report, client } = await runApp(t, emulator, 'happy-path', PEOPLE);
    assertReconciled(report, { completed: 3 });
    assert.deepEqual(report.leads.map(({ via }) => via), ['callback', 'callback', 'callback']);
    for (const { id, email } of report.leads) {
      assert.deepEqual((await client.getEnrichment(id)).email, email, 'the callback says what a poll says');
    }
  });

  test('everyone is found, by polling', async (t) => {
    const { report } = await runApp(t, emulator, 'happy-path', PEOPLE, { callbacks: false });
    assertReconciled(report, { completed: 3 });
    assert.deepEqual(report.leads.map(({ via }) => via), ['poll', 'poll', 'poll']);
  });

  test('the key decides the scenario, and any key at all runs the default one', async (t) => {
    const client = clientFor(emulator, 'default', { apiKey: 'an app\'s own key' });
    const { report } = await runApp(t, emulator, 'default', PEOPLE, { client });
    assertReconciled(report, { completed: 3 });
  });

  for (const callbacks of [true, false]) {
    test(`nobody is found, ${callbacks ? 'and calls back' : 'by polling'}`, async (t) => {
      const { report } = await runApp(t, emulator, 'not-found', PEOPLE, { callbacks });
      assertReconciled(report, { 'not-found': 3 });
      assert.equal(report.credits.after, report.credits.before);
      assert.deepEqual(report.leads.map(({ via }) => via), Array(3).fill(callbacks ? 'callback' : 'poll'));
    });
  }

  test('a failed lookup is not called back: the app falls back to polling', async (t) => {
    const { report } = await runApp(t, emulator, 'lookup-failed', PEOPLE, { callbackPatienceMs: 250 });
    assertReconciled(report, { failed: 3 });
    assert.equal(report.credits.after, report.credits.before);
    assert.deepEqual(report.leads.map(({ via }) => via), ['poll', 'poll', 'poll']);
    assert.equal(report.callbacks.deliveries, 0);
  });

  test('the app gives up on a lookup that is stuck, and says so', async (t) => {
    const { report } = await runApp(t, emulator, 'stuck', [lead('ada')], { callbackPatienceMs: 100, deadlineMs: 600 });
    assert.deepEqual(report.counts, { unresolved: 1 });
    assert.match(report.problems.join(), /\/in\/ada: [0-9a-f]{24} is still (pending|processing) at the deadline$/);
    assert.equal(report.credits.after, report.credits.before);
  });

  test('the app submits nothing more to a team without credits', async (t) => {
    const { report } = await runApp(t, emulator, 'out-of-credits', PEOPLE, { concurrency: 1 });
    assertReconciled(report, { unsubmitted: 3 });
    assert.equal(report.credits.after, 0);
    assert.match(report.stopped, /^out of credits: \S/);
  });
});

describe('lookups of a team with two credits', { concurrency: 8, timeout: PATIENCE }, () => {
  let emulator;
  before(async () => { emulator = await startEmulator('--time-scale', '20', '--credits', '2'); });
  after(() => emulator.stop());

  test('one after the other: the app stops when the credits are spent', async (t) => {
    const { report } = await runApp(t, emulator, 'happy-path', [...PEOPLE, lead('kay')], { concurrency: 1 });
    assertReconciled(report, { completed: 2, unsubmitted: 2 });
    const statuses = report.leads.map(({ status }) => status);
    assert.deepEqual(statuses, ['completed', 'completed', 'unsubmitted', 'unsubmitted']);
    assert.equal(report.credits.after, 0);
  });

  test('all at once: two are found, and the balance never falls below zero', async (t) => {
    const { report } = await runApp(t, emulator, 'happy-path', PEOPLE, { callbacks: false });
    assert.equal(report.counts.completed, 2);
    assertReconciled(report, report.counts);
    const [third] = report.leads.filter(({ status }) => status !== 'completed');
    assert.match(third.status, /^(failed|unsubmitted)$/, 'it found no credit left, sooner or later');
  });
});

describe('lookups on a running clock', { concurrency: 8, timeout: PATIENCE }, () => {
  let emulator;
  before(async () => { emulator = await startEmulator('--time-scale', '0.2'); }); // two seconds and a half to poll in
  after(() => emulator.stop());

  test('a poll shows the states in their order', async (t) => {
    const poll = { firstMs: 20, capMs: 40 };
    const { report } = await runApp(t, emulator, 'default', [lead('ada')], { callbacks: false, poll });
    assertReconciled(report, { completed: 1 });
    const { seen } = report.leads[0];
    assert.deepEqual(seen, ['pending', 'processing', 'completed'].filter((status) => seen.includes(status)));
    assert.ok(seen.length > 1, 'it does not resolve at once');
  });

  test('a slow lookup delays no other', async (t) => {
    const client = clientFor(emulator, 'default');
    const slow = await client.requestEnrichment(lead('slow-ada'));
    const { report } = await runApp(t, emulator, 'default', [lead('grace')], { client, callbacks: false });
    assertReconciled(report, { completed: 1 });
    assert.match((await client.getEnrichment(slow._id)).status, /^(pending|processing)$/);
  });
});
