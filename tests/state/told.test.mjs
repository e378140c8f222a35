// Each check of the kill campaign can fail, and none fails without a reason.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Campaign } from './campaign.mjs';
import { PATIENCE } from './support.mjs';
import { Told } from './told.mjs';

const URL_OF = (n) => `https://www.linkedin.com/in/jane?n=e${n}`;
const HOOK = 'http://127.0.0.1:1/ok/key/1';
const attempt = { at: '2026-01-01T00:00:02.000Z', ended: '2026-01-01T00:00:02.000Z', status: 204, error: null, latency_ms: 1 };
const fact = (sent, ended, sure = true) => ({ sent, ended, sure });

// A team, and everything about it was told: at 10 a lookup that is completed and has called back, at 20 a pending one, at 30 credits,
// a rule, a scenario and a clock.
function world() {
  const done = {
    _id: 'a'.repeat(24), status: 'completed', enrichment_type: 'work_email', email: { email: 'jane@example.com', type: 'work' },
    linkedin_url: URL_OF(1),
  };
  const open = { _id: 'b'.repeat(24), status: 'pending', linkedin_url: URL_OF(2) };
  const movements = [
    { at: '2026-01-01T00:00:00.000Z', kind: 'opening', amount: 10, balance: 10 },
    { at: '2026-01-01T00:00:02.000Z', kind: 'charge', amount: -1, balance: 9, enrichment_id: done._id },
    { at: '2026-01-01T00:00:02.000Z', kind: 'adjustment', amount: 1001, balance: 1010 },
  ];
  const callback = {
    id: `${done._id}-1`, enrichment_id: done._id, url: HOOK, state: 'delivered', body: { linkedin_url: URL_OF(1) }, attempts: [attempt],
  };
  const told = new Told({ key: 'key' });
  told.posts.set('e1', { ...fact(10, 11), id: done._id, request: { linkedin_url: URL_OF(1), callback_url: HOOK }, shows: [{ body: done, ended: 12 }] });
  told.posts.set('e2', { ...fact(20, 21), id: open._id, request: { linkedin_url: URL_OF(2) }, shows: [{ body: open, ended: 21 }] });
  told.adjustments.set(1001, fact(30, 31));
  told.rules.set('never-1', { ...fact(30, 31), number: 1, times: 3 });
  told.rules.set('never-2', { ...fact(32, 33), number: 2, times: 3 });
  told.scenarios.push({ ...fact(30, 31), text: 'one' }, { ...fact(32, 33), text: 'two' });
  told.clocks.push({ ...fact(30, 31), mode: 'manual', now: '2026-01-01T00:00:03.000Z' });
  told.seeLedger(structuredClone(movements), 35);
  told.seeCallback(structuredClone(callback), 36, () => 1);
  for (const id of [done._id, open._id]) told.allIds.add(id);
  const seen = {
    began: 100, clockSent: 101, clockEnded: 102, ended: 103,
    polls: new Map([['e1', { status: 200, body: { ...done } }], ['e2', { status: 200, body: { ...open } }]]),
    enrichments: [{ ...done, charged: true }, { ...open, charged: false }],
    callbacks: [callback], ledger: movements, balance: 1010,
    clock: { mode: 'manual', now: '2026-01-01T00:00:03.000Z' },
    scenario: { text: 'two', extra_rules: [{ name: 'never-2', left: 3 }, { name: 'never-1', left: 3 }] },
    received: () => 1, receivedLater: () => 1,
  };
  return { told, seen };
}

const running = (now) => ({ mode: 'running', scale: 2, now: `2026-01-01T00:00:${now}Z` });
const reset = (told, sent, ended, done = true) => told.resets.push({ ...fact(sent, ended, done), done });

// [what is wrong, the kinds of problems, how it is made]
const WRONG = [
  ['an enrichment is missing', ['enrichment-lost'], ({ seen }) => seen.enrichments.pop()],
  ['a poll is answered 404', ['enrichment-lost'], ({ seen }) => { seen.polls.get('e1').status = 404; }],
  ['a poll is refused', ['refused'], ({ seen }) => { seen.polls.get('e1').status = 500; }],
  ['an enrichment has another id', ['id-changed', 'id-changed'], ({ seen }) => { seen.enrichments[1]._id = 'c'.repeat(24); }],
  ['a poll shows another id', ['id-changed'], ({ seen }) => { seen.polls.get('e2').body._id = 'c'.repeat(24); }],
  ['an id was given before', ['id-twice'], ({ told, seen }) => {
    told.posts.get('e2').id = undefined;
    seen.polls.clear();
  }],
  ['one request made two enrichments', ['enrichment-twice', 'id-changed'], ({ seen }) =>
    seen.enrichments.unshift({ ...seen.enrichments[1], _id: 'c'.repeat(24) })],
  ['nobody requested it', ['enrichment-unknown'], ({ told }) => told.posts.delete('e2')],
  ['its URL is another one', ['enrichment-changed'], ({ told }) => { told.posts.get('e2').request.linkedin_url += '&x'; }],
  ['a status is an earlier one', ['status-back', 'charges'], ({ seen }) => { seen.enrichments[0].status = 'processing'; }],
  ['a poll shows an earlier status', ['status-back'], ({ seen }) => { seen.polls.get('e1').body.status = 'pending'; }],
  ['a result is another one', ['enrichment-changed'], ({ seen }) => { seen.enrichments[0].email = { email: 'x@y', type: 'work' }; }],
  ['an outcome is another one', ['enrichment-changed', 'charges'], ({ seen }) => { seen.enrichments[0].status = 'not-found'; }],
  ['movements do not add up', ['ledger-sum'], ({ seen }) => { seen.ledger[2] = { ...seen.ledger[2], balance: 7 }; }],
  ['the balance is not their sum', ['ledger-sum'], ({ seen }) => { seen.balance = 7; }],
  ['credits are missing', ['movement-lost', 'movement-lost'], ({ seen }) => { seen.ledger.pop(); seen.balance = 9; }],
  ['credits were added twice', ['movement-twice'], ({ seen }) => {
    seen.ledger.push({ ...seen.ledger[2], balance: 2011 });
    seen.balance = 2011;
  }],
  ['a completed lookup was not charged', ['charges', 'movement-lost'], ({ seen }) => {
    seen.ledger[1] = { ...seen.ledger[1], kind: 'adjustment' };
  }],
  ['one was charged twice', ['charges'], ({ seen }) => {
    seen.ledger.push({ ...seen.ledger[1], balance: 1009 });
    seen.balance = 1009;
  }],
  ['one was charged that is not completed', ['charges'], ({ seen }) => { seen.enrichments[0].charged = false; }],
  ['a movement is another one', ['movement-lost'], ({ seen }) => { seen.ledger[1] = { ...seen.ledger[1], at: '2026-01-01T00:00:01.000Z' }; }],
  ['a rule is missing', ['rule-lost'], ({ seen }) => seen.scenario.extra_rules.pop()],
  ['a rule applies less often', ['rule-changed'], ({ seen }) => { seen.scenario.extra_rules[0].left = 2; }],
  ['rules are in another order', ['rule-changed'], ({ seen }) => seen.scenario.extra_rules.reverse()],
  ['a rule is there again', ['rule-back'], ({ told, seen }) => {
    told.deletions.push({ ...fact(40, 41), done: true });
    seen.scenario.extra_rules.pop();
  }],
  ['the scenario is an earlier one', ['scenario-lost'], ({ seen }) => { seen.scenario.text = 'one'; }],
  ['the clock has another mode', ['clock-mode'], ({ seen }) => { seen.clock.mode = 'running'; }],
  ['the clock went back', ['clock-back'], ({ seen }) => { seen.clock.now = '2026-01-01T00:00:02.999Z'; }],
  ['a manual clock moved', ['clock-moved'], ({ seen }) => { seen.clock.now = '2026-01-01T00:00:03.001Z'; }],
  ['a running clock stood still', ['clock-rate'], ({ told, seen }) => {
    told.clocks = [{ ...fact(30, 31), ...running('03.000') }];
    Object.assign(seen, { clock: running('03.100'), clockSent: 5000, clockEnded: 5001 });
  }],
  ['a running clock was too fast', ['clock-rate'], ({ told, seen }) => {
    told.clocks = [{ ...fact(30, 31), ...running('03.000') }];
    Object.assign(seen, { clock: running('20.000'), clockSent: 5000, clockEnded: 5001 });
  }],
  ['a callback is missing', ['callback-lost', 'attempt-unrecorded', 'callback-lost'], ({ seen }) => seen.callbacks.pop()],
  ['an attempt is missing', ['attempt-changed', 'attempt-unrecorded'], ({ seen }) => { seen.callbacks[0].attempts = []; }],
  ['an attempt has another result', ['attempt-changed'], ({ seen }) => { seen.callbacks[0].attempts = [{ ...attempt, status: 500 }]; }],
  ['an attempt ended otherwise', ['attempt-error'], ({ seen }) =>
    seen.callbacks[0].attempts.push({ ...attempt, error: 'connection refused' })],
  ['a callback is no longer delivered', ['attempt-changed', 'callback-missing'], ({ seen }) => { seen.callbacks[0].state = 'retrying'; }],
  ['a delivered callback was received again', ['callback-again', 'attempt-unrecorded'], ({ seen }) => {
    seen.received = seen.receivedLater = () => 2;
  }],
  ['a callback was never received', ['callback-missing'], ({ seen, told }) => {
    told.callbacks.clear();
    seen.received = seen.receivedLater = () => 0;
  }],
  ['an event showed a later status', ['status-back'], ({ told, seen }) => told.events.push({
    ended: 40, event: { kind: 'transition', enrichment_id: seen.enrichments[1]._id, status: 'processing' },
  })],
  ['an event showed an attempt', ['attempt-changed'], ({ told, seen }) => told.events.push({
    ended: 40, event: { kind: 'callback', enrichment_id: seen.enrichments[0]._id, callback_id: seen.callbacks[0].id, attempt: 2, status: 204 },
  })],
  ['an event showed an enrichment', ['enrichment-lost'], ({ told }) => told.events.push({
    ended: 40, event: { kind: 'transition', enrichment_id: 'c'.repeat(24), status: 'processing' },
  })],
  ['a reset was forgotten', ['reset-undone', 'reset-undone', 'reset-undone', 'rule-back', 'rule-back'], ({ told }) => reset(told, 40, 41)],
  ['half of a reset was done', ['enrichment-lost'], ({ told, seen }) => {
    reset(told, 40, Infinity, undefined);
    seen.enrichments.pop();
  }],
];

// [what is not wrong, how it is made]
const RIGHT = [
  ['everything is there', () => {}],
  ['a lookup has gone on', ({ seen }) => { seen.enrichments[1].status = 'processing'; }],
  ['an unsure request was not accepted', ({ told }) =>
    told.posts.set('e3', { ...fact(40, 41, false), request: { linkedin_url: URL_OF(3) }, shows: [] })],
  ['an unsure request was accepted', ({ told, seen }) => {
    told.posts.set('e3', { ...fact(40, 41, false), request: { linkedin_url: URL_OF(3) }, shows: [] });
    seen.enrichments.push({ _id: 'c'.repeat(24), status: 'pending', linkedin_url: URL_OF(3), charged: false });
  }],
  ['an unsure scenario was taken', ({ told, seen }) => {
    told.scenarios.push({ ...fact(40, 41, false), text: 'three' });
    seen.scenario.text = 'three';
  }],
  ['an unsure advance was begun', ({ told, seen }) => {
    told.clocks.push({ ...fact(40, 41, false), mode: 'manual' });
    seen.clock.now = '2026-01-01T00:00:03.500Z';
  }],
  ['a running clock has run', ({ told, seen }) => {
    told.clocks = [{ ...fact(30, 31), ...running('03.000') }];
    Object.assign(seen, { clock: running('12.940'), clockSent: 5000, clockEnded: 5001 });
  }],
  ['an interrupted attempt was repeated', ({ told, seen }) => {
    told.callbacks.clear();
    seen.callbacks[0].attempts.unshift({ ...attempt, status: 0, error: 'interrupted' });
    seen.received = () => 2;
  }],
  ['it was delivered again as wanted', ({ told, seen }) => {
    told.redelivered.add(seen.callbacks[0].id);
    seen.callbacks[0].attempts.push(attempt);
    seen.received = seen.receivedLater = () => 2;
  }],
  ['a reset without an answer was done', ({ told, seen }) => {
    reset(told, 40, Infinity, undefined);
    Object.assign(seen, { enrichments: [], callbacks: [], ledger: seen.ledger.slice(0, 1), balance: 10, polls: new Map() });
    seen.scenario.extra_rules = [];
  }],
  ['a reset without an answer was not done', ({ told }) => reset(told, 40, Infinity, undefined)],
];

describe('a look after a start', () => {
  for (const [name, kinds, spoil] of WRONG)
    test(`finds the problem: ${name}`, () => {
      const made = world();
      spoil(made);
      const problems = made.told.check(made.seen, { settled: true });
      assert.deepEqual(problems.map(({ kind }) => kind).sort(), [...kinds].sort(), JSON.stringify(problems));
    });

  for (const [name, change] of RIGHT)
    test(`finds no problem: ${name}`, () => {
      const made = world();
      change(made);
      assert.deepEqual(made.told.check(made.seen, { settled: true }), []);
    });

  test('expects of a copy only what was told before it was made', () => {
    const { told, seen } = world();
    seen.enrichments.pop();
    seen.polls.clear();
    assert.deepEqual(told.check(seen, { asOf: 20 }), []);
    assert.deepEqual(told.check(seen, { asOf: 22 }).map(({ kind }) => kind), ['enrichment-lost']);
  });

  test('what was unsure and is not there may not turn up later', () => {
    const { told, seen } = world();
    told.posts.set('e3', { ...fact(40, 41, false), request: { linkedin_url: URL_OF(3) }, shows: [] });
    told.check(seen);
    told.learn(seen);
    seen.enrichments.push({ _id: 'c'.repeat(24), status: 'pending', linkedin_url: URL_OF(3), charged: false });
    assert.deepEqual(told.check(seen).map(({ kind }) => kind), ['enrichment-unknown']);
  });
});

test('the campaign fails with a mock that keeps nothing', { timeout: PATIENCE }, async () => {
  const campaign = new Campaign({ seed: 18, flags: () => [], ends: ['load', 'advance', 'scenario', 'callback'] });
  const kinds = new Set((await campaign.run(4)).map(({ kind }) => kind));
  const expected = ['enrichment-lost', 'movement-lost', 'rule-lost', 'clock-back', 'callback-lost', 'count-lost', 'twin'];
  assert.deepEqual(expected.filter((kind) => !kinds.has(kind)), [], [...kinds].join(', '));
});
