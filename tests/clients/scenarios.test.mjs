// The app survives every shipped scenario, over real sockets, its credits add up in the end, and the scenario's
// expectations are met.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';

import { RateLimitedError, ServerError, UnauthorizedError, UnknownEnrichmentError } from './client.mjs';
import { sleep, withRetries } from './retry.mjs';
import { PATIENCE, assertReconciled, clientFor, lead, runApp, startEmulator } from './testing.mjs';

const STATES = ['pending', 'processing', 'completed'];
const PATIENT = { attempts: 8, firstMs: 5, capMs: 1_000 };
const WAITS_FOR_CALLBACKS = { callbackPatienceMs: 25_000 };  // however busy the machine is

const people = (count, more) => Array.from({ length: count }, (_, n) => lead(`person-${n}`, more));
const half = (leads) => leads.map((one, n) => ({ ...one, callback: n % 2 === 0 }));
const via = ({ leads }) => leads.map((one) => one.via);
const all = (count, value) => Array(count).fill(value);

function assertOwnEmails({ leads }) {
  for (const { email, external_id } of leads) assert.equal(`lead-${email.email}`, `${external_id}@example.com`);
}

async function untilRejected(call) {
  for (;;) {
    try {
      await call();
    } catch (error) {
      return error;
    }
  }
}

// One case for each scenario. `run(leads, settings)` is one run of the app, with a new key
// unless the settings have a client.
const CASES = {
  async default({ run }) {
    const names = ['ada', 'not-found-ada', 'failed-ada', 'slow-ada', 'callback-lost-ada', 'callback-twice-ada',
                   'server-error-ada', 'rate-limited-ada'];
    const { report } = await run(names.map((name) => lead(name)), { submitAttempts: 2, callbackPatienceMs: 500 });
    assertReconciled(report, { completed: 4, 'not-found': 1, failed: 1, rejected: 2 });

    const leads = ['stuck-ada', 'no-credits-ada', 'grace'].map((name) => lead(name));
    const { report: sad } = await run(leads, { concurrency: 1, callbackPatienceMs: 50, deadlineMs: 200 });
    assert.deepEqual(sad.counts, { unresolved: 1, unsubmitted: 2 });
  },

  async 'happy-path'({ run }) {
    const { report } = await run(people(20), WAITS_FOR_CALLBACKS);
    assertReconciled(report, { completed: 20 });
    assert.deepEqual(via(report), all(20, 'callback'));
  },

  async 'not-found'({ run }) {
    const { report } = await run(half(people(6)));
    assertReconciled(report, { 'not-found': 6 });
    for (const { email } of report.leads) assert.equal(email, null);
  },

  async 'lookup-failed'({ run }) {
    const { report } = await run(people(6), { callbackPatienceMs: 200 });
    assertReconciled(report, { failed: 6 });
    assert.deepEqual(via(report), all(6, 'poll'));
  },

  async stuck({ run }) {
    const { report } = await run(people(3), { callbackPatienceMs: 100, deadlineMs: 500 });
    assert.deepEqual(report.counts, { unresolved: 3 });
    assert.equal(report.problems.length, 3);
    for (const problem of report.problems) assert.match(problem, /is still \S+ at the deadline$/);
  },

  async 'slow-lookup'({ run }) {
    const poll = { firstMs: 20, capMs: 100 };
    const { report } = await run(half(people(6)), { ...WAITS_FOR_CALLBACKS, poll });
    assertReconciled(report, { completed: 6 });
    for (const { seen = [] } of report.leads) assert.deepEqual(seen, STATES.filter((status) => seen.includes(status)));
  },

  async 'poll-driven'({ run }) {
    const poll = { firstMs: 1, capMs: 5 };
    const { report, receiver } = await run(half(people(4)), { callbackPatienceMs: 100, poll });
    assertReconciled(report, { completed: 4 });
    for (const one of report.leads) assert.deepEqual(one.seen, STATES);
    await receiver.delivered(2);
    assert.deepEqual(receiver.problems, []);
  },

  async 'out-of-credits'({ run }) {
    const { report } = await run(people(3));
    assertReconciled(report, { unsubmitted: 3 });
    assert.match(report.stopped, /^out of credits: \S/);
  },

  async 'last-credit-race'({ run }) {
    const { report, client } = await run(people(8), { callbackPatienceMs: 500 });
    assertReconciled(report, report.counts);
    assert.equal(report.counts.completed, 3);
    assert.equal(report.credits.after, 0);
    const others = report.leads.filter(({ status }) => status !== 'completed');
    for (const { status } of others) assert.match(status, /^(failed|unsubmitted)$/);

    const { report: late } = await run(people(2), { client });
    assertReconciled(late, { unsubmitted: 2 });
  },

  async 'rate-limited'({ run, client }) {
    const refused = await untilRejected(() => client.getCredits());
    assert.ok(refused instanceof RateLimitedError, `${refused}`);
    assert.equal(refused.retryAfterMs, 1_000);
    await sleep(refused.retryAfterMs);

    const { report } = await run(people(12), { client, concurrency: 12, submitAttempts: 8 });
    assertReconciled(report, { completed: 12 });
    for (const { reason, waitMs } of report.leads.flatMap(({ retries }) => retries)) {
      assert.equal(reason, 429);
      assert.ok(waitMs >= 1_000, `it waited ${waitMs} ms`);
    }
  },

  async 'outage-window'({ run, client }) {
    await assert.rejects(client.getCredits(), ServerError);
    const { report } = await run(half(people(6)), { client, submitAttempts: 8, retry: { firstMs: 50, capMs: 250 },
                                                    poll: { firstMs: 20, capMs: 100 } });
    assert.deepEqual(report.problems, []);
    assert.deepEqual(report.counts, { completed: 6 });
  },

  async 'flaky-callback'({ run }) {
    const { report } = await run(people(6), WAITS_FOR_CALLBACKS);
    assertReconciled(report, { completed: 6 });
    assert.deepEqual(report.callbacks, { deliveries: 6, results: 6, duplicates: 0 });
  },

  async 'callback-never'({ run }) {
    const { report } = await run(people(6), { callbackPatienceMs: 200 });
    assertReconciled(report, { completed: 6 });
    assert.deepEqual(via(report), all(6, 'poll'));
    assert.equal(report.callbacks.deliveries, 0);
  },

  async 'duplicate-callbacks'({ run }) {
    const stored = [];
    // A slow database, so that copies arrive meanwhile.
    const store = async ({ request_id }) => {
      stored.push(request_id);
      await sleep(20);
    };
    const { report, receiver } = await run(people(6), { store });
    assertReconciled(report, { completed: 6 });
    await receiver.delivered(18);
    assert.equal(receiver.duplicates, 12);
    assert.deepEqual(stored.sort(), report.leads.map(({ id }) => id).sort());
    assert.deepEqual(receiver.problems, []);
  },

  async 'out-of-order-callbacks'({ run }) {
    const { report } = await run(people(8), WAITS_FOR_CALLBACKS);
    assertReconciled(report, { completed: 8 });
    assert.deepEqual(via(report), all(8, 'callback'));
    assertOwnEmails(report);
  },

  async 'callback-before-response'({ run, clientOf }) {
    const events = [];
    const client = clientOf({ onAnswer: ({ status }) => { if (status === 201) events.push('answer'); } });
    const store = async () => { events.push('callback'); };
    const { report } = await run(people(6), { client, store, concurrency: 1 });
    assertReconciled(report, { completed: 6 });
    assert.deepEqual(events, all(6, ['callback', 'answer']).flat());
    assert.deepEqual(via(report), all(6, 'callback'));
  },

  async 'corrupt-callback'({ run }) {
    const { report, receiver } = await run(people(6), { callbackPatienceMs: 500 });
    assert.deepEqual(report.counts, { completed: 6 });
    assert.ok(via(report).filter((way) => way === 'poll').length >= 5);
    assertOwnEmails(report);
    for (const problem of report.problems) assert.match(problem, /^callback\b/);
    await receiver.delivered(5 * 3 + 1);
    assert.equal(receiver.problems.length, 15);
    assert.equal(receiver.results().length, 1, 'it still takes the one that is right');
  },

  // One lead after the other, so that each gets another fault. Every lead is requested twice.
  async 'malformed-responses'({ run, clientOf }) {
    const client = clientOf({ timeoutMs: 500 });
    const leads = people(12).map((one, n) => ({ ...one, callback: n < 6 }));
    const { report, receiver } = await run(leads, { ...WAITS_FOR_CALLBACKS, client, concurrency: 1, submitAttempts: 8,
                                                    retry: { firstMs: 1, capMs: 5 }, poll: { firstMs: 1, capMs: 20 } });
    assert.deepEqual(report.problems, []);
    assert.deepEqual(report.counts, { completed: 12 });
    assert.ok(report.leads.every(({ unseen }) => unseen >= 1));
    assert.ok(report.credits.before - report.credits.after >= 24, 'what was accepted unseen is charged, too');
    await receiver.delivered(12);
    for (let n = 0; n < 6; n += 1) await withRetries(() => client.getCredits(), PATIENT);
  },

  async 'mixed-traffic'({ run }) {
    const known = ['jane-doe', 'john-smith'].flatMap((name) => [lead(name), lead(name, { type: 'personal' })]);
    const leads = half([...known, ...people(20)]);
    const runs = await Promise.all([1, 2].map(() => run(leads, { callbackPatienceMs: 1_000 })));
    const found = runs.map(({ report }) => {
      assertReconciled(report, report.counts);
      assert.deepEqual(Object.keys(report.counts).sort(), ['completed', 'failed', 'not-found']);
      return report.leads.map(({ status, email }) => ({ status, email }));
    });
    assert.deepEqual(found[0], found[1], 'who is found is the same in every run');
    assert.deepEqual(found[0].slice(0, 4).map(({ email }) => email?.email ?? null),
                     ['jane.doe@acme.example', null, null, 'john@example.net']);
  },

  async 'closed-teams'({ run, client, clientOf }) {
    await assert.rejects(client.getCredits(), UnauthorizedError);
    const [acme, staging, globex] = ['acme', 'acme-staging', 'globex']
      .map((team) => clientOf({ apiKey: `closed-teams-${team}` }));
    const { report } = await run(people(4), { client: acme });
    assertReconciled(report, { completed: 4 });
    assert.equal(await staging.getCredits(), report.credits.after);
    assert.equal((await staging.getEnrichment(report.leads[0].id)).status, 'completed');
    await assert.rejects(globex.getEnrichment(report.leads[0].id), UnknownEnrichmentError);

    const { report: poor } = await run(people(3), { client: globex, concurrency: 1 });
    assertReconciled(poor, { completed: 2, unsubmitted: 1 });
    assert.equal(await staging.getCredits(), report.credits.after);
  },
};

// Scenarios run in team time. Where the client itself must wait, team time runs less fast.
const SPEEDS = { 'rate-limited': 1, 'outage-window': 10 };
const FAST = 50;

const shipped = spawnSync(process.env.ENRICHMENT_MOCK_BINARY, ['scenarios'], { encoding: 'utf8' }).stdout
  .split('\n').map((line) => /^[a-z0-9-]+/.exec(line)?.[0]).filter(Boolean);

test('every shipped scenario has a case, and every case its scenario', () => {
  assert.deepEqual(Object.keys(CASES).sort(), shipped.sort());
});

describe('the app survives', { concurrency: 8, timeout: PATIENCE }, () => {
  const emulators = new Map();
  const speedOf = (scenario) => SPEEDS[scenario] ?? FAST;
  before(async () => {
    for (const speed of [FAST, ...Object.values(SPEEDS)]) {
      emulators.set(speed, await startEmulator('--time-scale', String(speed)));
    }
  });
  after(() => Promise.all([...emulators.values()].map((emulator) => emulator.stop())));

  // The charges are exactly the app's results.
  async function assertCreditsStay({ client, report: { credits } }) {
    assert.ok(credits.reconciled);
    assert.equal(await withRetries(() => client.getCredits(), PATIENT), credits.after);
  }

  // Of each team, once nothing of it is pending: the scenario's expectations hold, and the app has made no mistake.
  async function assertAllIsWell({ url }, scenario) {
    const admin = async (method, path) => (await fetch(`${url}/__admin/${path}`, { method })).json();
    const teams = (await admin('GET', 'teams')).teams.filter((team) => team.scenario === scenario);
    assert.ok(teams.length > 0);
    for (const { id } of teams) {
      await admin('POST', `settle?team=${id}`);
      assert.deepEqual((await admin('GET', `verify?team=${id}`)).failures, []);
      const { complete, findings } = await admin('GET', `advice?finished=true&team=${id}`);
      assert.deepEqual({ complete, findings }, { complete: true, findings: [] });
    }
  }

  for (const [scenario, play] of Object.entries(CASES)) {
    test(scenario, async (t) => {
      const emulator = emulators.get(speedOf(scenario));
      const runs = [];
      const run = async (leads, settings) => {
        runs.push(await runApp(t, emulator, scenario, leads, settings));
        return runs.at(-1);
      };
      const clientOf = (options) => clientFor(emulator, scenario, options);
      await play({ run, clientOf, client: clientOf() });
      for (const one of runs) await assertCreditsStay(one);
      await assertAllIsWell(emulator, scenario);
    });
  }
});
