// A mock that starts with the state file of an earlier one continues where that one ended.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { Calls, CountingReceiver, Mock, PATIENCE, POST_PATH, run, start, until } from './support.mjs';

const lead = (username, more = {}) => ({ linkedin_url: `https://www.linkedin.com/in/${username}`, type: 'work', ...more });

// A folder with a state file, and the mock that has it open. `calls` are connections to the mock.
class World {
  constructor(t) {
    this.folder = mkdtempSync(join(tmpdir(), 'state-'));
    this.file = join(this.folder, 'state.db');
    this.flags = [];
    t.after(async () => {
      this.calls?.close();
      await this.mock?.kill();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  async start(...more) {
    return this.begin(await start('--state', this.file, ...this.flags, ...more));
  }

  begin(mock) {
    this.mock = mock;
    this.calls = new Calls(mock.url);
  }

  async stop() {
    this.calls.close();
    await this.mock.stop();
  }

  async kill() {
    this.calls.close();
    await this.mock.kill();
  }

  write(name, scenario) {
    const file = join(this.folder, `${name}.json`);
    writeFileSync(file, JSON.stringify({ name, ...scenario }));
    return file;
  }

  async post(key, username, more) {
    return (await this.calls.expect('POST', POST_PATH, { key, body: lead(username, more) }))._id;
  }

  poll(key, id) {
    return this.calls.get(`${POST_PATH}/${id}`, key);
  }

  settle(key) {
    return this.calls.expect('POST', '/__admin/settle', { key, body: { timeout: '50s' } });
  }

  advance(key, by) {
    return this.calls.expect('POST', '/__admin/clock/advance', { key, body: { by } });
  }

  // Everything that is kept of a team.
  async everything(key) {
    const { calls } = this;
    return {
      enrichments: await calls.all('enrichments', key),
      callbacks: (await calls.all('callbacks', key)).map((one) => ({
        ...one, attempts: one.attempts.map(({ request, response, ...rest }) => rest),  // those two are in the journal
      })),
      ledger: await calls.all('ledger', key, 'movements'),
      credits: await calls.get('/__admin/credits', key),
      scenario: await calls.get('/__admin/scenario', key),
    };
  }

  size() {
    return statSync(this.file).size;
  }
}

async function receiverFor(t) {
  const receiver = new CountingReceiver();
  await receiver.start();
  t.after(() => receiver.stop());
  return receiver;
}

// The library of faketime, which changes what the mock sees as wall time; undefined if it is not installed.
const FAKETIME = process.platform === 'linux'
  ? spawnSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).stdout?.trim() || undefined : undefined;
const needsSqlite = spawnSync('sqlite3', ['--version']).error ? { skip: 'sqlite3 is not installed' } : {};
const needsFaketime = FAKETIME ? {} : { skip: 'faketime is not installed' };

// Starts the mock at another wall time. `shift` such as -3600: seconds from the present.
async function startAt(world, shift) {
  const mock = new Mock(['--state', world.file, ...world.flags], {
    env: {
      LD_PRELOAD: FAKETIME, FAKETIME: `${shift < 0 ? '' : '+'}${shift}`, FAKETIME_DONT_FAKE_MONOTONIC: '1',
      ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
    },
  });
  assert.ok(await mock.ready, mock.stderr);
  world.begin(mock);
}

describe('after a start with the same file', { concurrency: 4, timeout: PATIENCE }, () => {
  for (const way of ['stop', 'kill'])
    test(`a team is as it was before the ${way}`, async (t) => {
      const world = new World(t), receiver = await receiverFor(t), key = 'default.kept';
      await world.start('--clock', 'manual');
      await world.post(key, 'jane', { external_id: 'lead-1', callback_url: `${receiver.url}/flaky/${key}/1` });
      await world.post(key, 'not-found-1', { type: 'personal', callback_url: `${receiver.url}/ok/${key}/2` });
      await world.post(key, 'failed-1');
      await world.settle(key);
      await world.post(key, 'slow-jane', { external_id: 'lead-2' });
      await world.advance(key, '200ms');
      await world.post(key, 'kay');
      const { calls } = world;
      await calls.expect('PUT', '/__admin/credits', { key, body: { add: 7 } });
      await calls.expect('POST', '/__admin/rules', { key, body: { rule: { name: 'two', response: { status: 503 } }, times: 2 } });
      assert.equal((await calls.make('POST', POST_PATH, { key, body: lead('x') })).status, 503);
      const before = await world.everything(key), clock = await calls.get('/__admin/clock', key);
      assert.equal(before.callbacks.find(({ url }) => url.endsWith('/1')).attempts.length, 2);
      await world[way]();
      await world.start('--clock', 'manual');
      assert.deepEqual(await world.everything(key), before);
      assert.deepEqual(await world.calls.get('/__admin/clock', key), clock);
      // It goes on: the rule applies once more, and the lookups end when they would have ended.
      assert.equal((await world.calls.make('POST', POST_PATH, { key, body: lead('x') })).status, 503);
      assert.equal((await world.calls.make('POST', POST_PATH, { key, body: lead('x') })).status, 201);
      await world.advance(key, '499ms');
      const kay = before.enrichments.at(-1)._id;
      assert.equal((await world.poll(key, kay)).status, 'processing');
      await world.advance(key, '1ms');
      assert.equal((await world.poll(key, kay)).status, 'completed');
    });

  test('teams keep their keys, names, order and ids', async (t) => {
    const world = new World(t);
    world.flags = ['--scenario', world.write('mine', { teams: [{ name: 'acme', api_keys: ['a-1', 'a-2'] }] })];
    await world.start();
    for (const key of ['b-1', 'a-1', 'a-2', 'happy-path.x']) await world.post(key, 'jane');
    const { teams } = await world.calls.get('/__admin/teams');
    await world.stop();
    await world.start();
    const shown = ({ id, name, key, scenario, requests, enrichments }) => ({ id, name, key, scenario, requests, enrichments });
    assert.deepEqual((await world.calls.get('/__admin/teams')).teams.map(shown), teams.map(shown));
  });

  test('draws, steps and ids continue as without the restart', async (t) => {
    const scenario = {
      seed: 7, clock: { mode: 'manual', now: '2026-01-01T00:00:00Z' },
      lookup: { pending: '1s', processing: { median: '2s', p99: '9s', max: '20s' }, jitter: '1s', outcome: { completed: 50, 'not-found': 50 } },
      rules: [{ match: { username: 'b*' }, count: 'profile', steps: [{ response: { status: 429 } }, {}], after_last: 'cycle' }],
    };
    const results = [];
    for (const restarts of [false, true]) {
      const world = new World(t);
      world.flags = ['--scenario', world.write('drawn', scenario)];
      await world.start();
      const statuses = [];
      for (let i = 0; i < 24; i += 1) {
        const body = lead(['ann', 'bob', 'ben'][i % 3]);
        statuses.push((await world.calls.make('POST', POST_PATH, { key: 'drawn.k', body })).status);
        await world.advance('drawn.k', '700ms');
        if (restarts && i % 5 === 4) {
          await world.kill();
          await world.start();
        }
      }
      await world.settle('drawn.k');
      const { scenario: { rules }, ...all } = await world.everything('drawn.k');
      results.push({ statuses, rules, ...all });
      await world.stop();
    }
    assert.deepEqual(results[1], results[0]);
  });

  test('without a seed no id is given again', async (t) => {
    const world = new World(t), ids = new Set();
    for (let round = 0; round < 4; round += 1) {
      await world.start('--clock', 'manual');
      await world.calls.expect('PUT', '/__admin/clock', { key: 'k', body: { mode: 'manual' } });
      for (let i = 0; i < 20; i += 1) ids.add(await world.post('k', `jane-${i}`));
      if (round === 1) await world.calls.expect('POST', '/__admin/reset', { key: 'k' });
      await world.kill();
    }
    assert.equal(ids.size, 80);
  });

  test('a running clock has continued, and a manual one stands still', needsFaketime, async (t) => {
    const world = new World(t);
    await world.start();
    const put = (key, body) => world.calls.expect('PUT', '/__admin/clock', { key, body });
    const fast = await put('fast', { mode: 'running', scale: 2 });
    const still = await put('still', { mode: 'manual', now: '2027-01-01T00:00:00Z' });
    await world.kill();
    await startAt(world, 3600);
    assert.deepEqual(await world.calls.get('/__admin/clock', 'still'), still);
    const clock = await world.calls.get('/__admin/clock', 'fast');
    assert.equal(clock.scale, 2);
    const passed = Date.parse(clock.now) - Date.parse(fast.now);
    assert.ok(passed >= 7_200_000 && passed < 7_200_000 + 2 * PATIENCE, `${passed} ms`);
  });

  test('no clock goes back when wall time did', needsFaketime, async (t) => {
    const world = new World(t);
    await world.start();
    const id = await world.post('k', 'stuck-jane');
    const { now: before } = await world.calls.get('/__admin/clock', 'k');
    await world.kill();
    await startAt(world, -3600);
    const { now: after } = await world.calls.get('/__admin/clock', 'k');
    assert.ok(after >= before, `${before}, then ${after}`);
    await until('the clock runs', async () => (await world.calls.get('/__admin/clock', 'k')).now > after);
    await world.post('k', 'jane');
    await world.settle('k');
    const [old, young] = await world.calls.all('enrichments', 'k');
    assert.equal(old._id, id);
    assert.ok(young.history[0].at >= after);
  });

  test('what fell due meanwhile happens in order, and its callbacks are spread out', needsFaketime, async (t) => {
    const world = new World(t), receiver = await receiverFor(t), key = 'default.down', count = 60;
    await world.start();
    await world.calls.expect('PUT', '/__admin/clock', { key, body: { mode: 'manual' } });
    for (let i = 0; i < count; i += 1) await world.post(key, `jane-${i}`, { callback_url: `${receiver.url}/ok/${key}/${i}` });
    await world.calls.expect('PUT', '/__admin/clock', { key, body: { mode: 'running' } });
    await world.kill();
    assert.equal(receiver.total, 0, 'too slow a machine: they were due before the kill');
    await startAt(world, 600);
    await world.settle(key);
    const enrichments = await world.calls.all('enrichments', key), callbacks = await world.calls.all('callbacks', key);
    const charges = (await world.calls.all('ledger', key, 'movements')).filter(({ kind }) => kind === 'charge');
    assert.deepEqual(charges.map(({ enrichment_id: id }) => id), enrichments.map(({ _id }) => _id));
    const sent = callbacks.map(({ attempts: [{ at }] }) => Date.parse(at));
    assert.equal(sent.length, count);
    for (let i = 1; i < count; i += 1) assert.ok(sent[i] - sent[i - 1] >= 9, `${sent[i] - sent[i - 1]} ms between two callbacks`);
    assert.equal(receiver.total, count);
  });

  test('an attempt that was in flight is interrupted and repeated', async (t) => {
    const world = new World(t), receiver = await receiverFor(t), key = 'default.flight';
    const arrived = new Promise((resolve) => { receiver.onCallback = resolve; });
    await world.start();
    await world.post(key, 'ann', { callback_url: `${receiver.url}/silent/${key}/1` });
    await arrived;
    const [before] = await world.calls.all('callbacks', key);
    assert.equal(before.state, 'delivering');
    await world.kill();
    receiver.isSilent = false;
    await world.start();
    await world.settle(key);
    const [after] = await world.calls.all('callbacks', key);
    assert.equal(after.state, 'delivered');
    assert.deepEqual(after.attempts.map(({ status, error }) => ({ status, error })), [{ status: null, error: 'interrupted' }, { status: 204, error: null }]);
    assert.equal(receiver.total, 2);
  });

  test('an attempt whose result was shown is not sent again', async (t) => {
    const world = new World(t), receiver = await receiverFor(t), key = 'default.once';
    await world.start();
    for (let i = 0; i < 20; i += 1) await world.post(key, `ann-${i}`, { callback_url: `${receiver.url}/ok/${key}/${i}` });
    await world.calls.expect('GET', '/__admin/callbacks?wait=delivered:20&timeout=50s', { key });
    await world.kill();
    await world.start();
    await world.settle(key);
    assert.equal(receiver.total, 20);
  });

  test('polls go on counting', async (t) => {
    const world = new World(t), key = 'poll-driven.k';
    await world.start();
    const id = await world.post(key, 'ann'), statuses = [];
    for (let i = 0; i < 6; i += 1) {
      statuses.push((await world.poll(key, id)).status);
      await world.stop();
      await world.start();
    }
    assert.deepEqual(statuses, ['pending', 'pending', 'processing', 'processing', 'processing', 'completed']);
  });

  test('a verdict about requests from before the start is 409', async (t) => {
    const world = new World(t), key = 'default.verdict';
    const verify = async (expect) => (await world.calls.make('POST', '/__admin/verify', { key, body: { expect } })).status;
    await world.start();
    await world.post(key, 'ann');
    await world.settle(key);
    const expected = [{ requests: { method: 'POST', status: 201 }, count: 1 }];
    assert.equal(await verify(expected), 200);
    await world.stop();
    await world.start();
    assert.equal(await verify(expected), 409);
    assert.equal(await verify([{ outcomes: { completed: 1 } }, { credits: { balance: 249, charged: 1 } }]), 200);
  });
});

describe('records of all kinds', { concurrency: 4, timeout: PATIENCE }, () => {
  test('texts stay as they are', async (t) => {
    const world = new World(t), texts = ['\u0000null', 'line\nfeed', '100%25', '\u{1f600}'.repeat(256), "'; DROP TABLE team; --", '\u2028\ufeff', ' '];
    const keys = ['default.100%25', "default.'; --", 'default.\u00e9'.normalize('NFD').replace(/[^ -~]/g, '~'), `default.${'k'.repeat(2000)}`];
    await world.start('--clock', 'manual');
    for (const key of keys) {
      for (const [i, text] of texts.entries())
        await world.post(key, `${i}-%F0%9F%98%80`, { external_id: text, callback_url: `http://user:pass@127.0.0.1:1/${i}?a=%25#b` });
      await world.settle(key);
    }
    const before = [];
    for (const key of keys) before.push(await world.everything(key));
    assert.deepEqual(before[0].enrichments.map(({ external_id: text }) => text), texts);
    await world.kill();
    await world.start('--clock', 'manual');
    for (const [i, key] of keys.entries()) assert.deepEqual(await world.everything(key), before[i]);
  });

  test('an accepted lookup keeps its callback settings and headers when the scenario changes', async (t) => {
    const world = new World(t), receiver = await receiverFor(t), key = 'mine.k', arrived = [];
    receiver.onCallback = (_, body, at, headers) => arrived.push({ body, sign: headers['x-sign'], trace: headers.traceparent });
    const scenario = (sign) => ({
      clock: { mode: 'manual' },
      callback: { headers: { 'X-Sign': sign }, forward: ['traceparent'], merge_patch: { sign } },
    });
    await world.start('--scenario', world.write('mine', scenario('one')));
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const body = lead('ann', { callback_url: `${receiver.url}/ok/${key}/1` });
    await world.calls.expect('POST', POST_PATH, { key, body, headers: { traceparent: trace } });
    await world.kill();
    await world.start('--scenario', world.write('mine', scenario('two')));
    await world.settle(key);
    assert.deepEqual(arrived.map(({ body: { sign }, ...rest }) => ({ ...rest, inBody: sign })), [{ sign: 'one', trace, inBody: 'one' }]);
  });

  test('a burst that had begun is sent in reverse order', async (t) => {
    const world = new World(t), receiver = await receiverFor(t), key = 'mine.k', arrived = [];
    receiver.onCallback = (_, { external_id: id }) => arrived.push(id);
    world.flags = ['--scenario', world.write('mine', {
      clock: { mode: 'manual' }, lookup: { pending: '0s', processing: '100ms' }, callback: { order: 'reversed', burst: '1s' },
    })];
    await world.start();
    for (const id of ['a', 'b', 'c', 'd']) {
      await world.post(key, id, { external_id: id, callback_url: `${receiver.url}/ok/${key}/${id}` });
      if (id !== 'd') await world.advance(key, '150ms');
    }
    assert.deepEqual(arrived, []);
    await world.kill();
    await world.start();
    await world.settle(key);
    assert.deepEqual(arrived, ['d', 'c', 'b', 'a']);
  });

  test('a window of a rate limit and the schedule continue', async (t) => {
    const world = new World(t), key = 'mine.k';
    world.flags = ['--scenario', world.write('mine', {
      clock: { mode: 'manual', now: '2026-01-01T00:00:00Z' }, rate_limit: { requests: 2, per: '1h' },
      schedule: [{ at: '10m', add_credits: 5 }, { at: '20m', add_credits: 7 }],
    })];
    await world.start();
    const post = async () => (await world.calls.make('POST', POST_PATH, { key, body: lead('x') })).status;
    assert.deepEqual([await post(), await post(), await post()], [201, 201, 429]);
    await world.advance(key, '15m');
    await world.kill();
    await world.start();
    assert.equal(await post(), 429);
    const balance = async () => (await world.calls.get('/__admin/credits', key)).balance;
    assert.equal(await balance(), 250 - 2 + 5);
    await world.advance(key, '10m');
    assert.equal(await balance(), 250 - 2 + 5 + 7);
    await world.advance(key, '35m');
    assert.equal(await post(), 201);
  });

  test('a redelivery in flight is an interrupted attempt, and the callback stays delivered', async (t) => {
    const world = new World(t), receiver = await receiverFor(t), key = 'default.again';
    receiver.isSilent = false;
    await world.start();
    await world.post(key, 'ann', { callback_url: `${receiver.url}/silent/${key}/1` });
    await world.settle(key);
    receiver.isSilent = true;
    const [{ id }] = await world.calls.all('callbacks', key), arrived = new Promise((resolve) => { receiver.onCallback = resolve; });
    const redelivery = world.calls.make('POST', `/__admin/callbacks/${id}/redeliver`, { key });
    await Promise.all([arrived, redelivery.catch(() => {})].slice(0, 1));
    await world.kill();
    await redelivery.catch(() => {});
    receiver.isSilent = false;
    await world.start();
    await world.settle(key);
    const [{ state, attempts }] = await world.calls.all('callbacks', key);
    assert.equal(state, 'delivered');
    assert.deepEqual(attempts.slice(0, 2).map(({ error }) => error), [null, 'interrupted']);
    assert.equal(receiver.total, attempts.length);
  });

  test('a name that SQLite would treat specially is the name of a file', async (t) => {
    for (const name of [':memory:', 'file:x.db?mode=memory', 'a b%41#?.db']) {
      const world = new World(t), ids = [];
      for (let starts = 0; starts < 2; starts += 1) {
        const mock = new Mock(['--state', name], { cwd: world.folder });
        assert.ok(await mock.ready, mock.stderr);
        world.begin(mock);
        ids.push(await world.post('k', 'ann'));
        assert.deepEqual((await world.calls.all('enrichments', 'k')).map(({ _id }) => _id), ids);
        await world.kill();
      }
      assert.ok(statSync(join(world.folder, name)).isFile());
    }
  });
});

describe('scenarios', { concurrency: 4, timeout: PATIENCE }, () => {
  const file = (world, domain) => world.write('mine', {
    lookup: { pending: '0s', processing: '0s', email: `{username}@${domain}` },
    rules: [{ name: 'first', match: { username: 'busy' }, steps: [{ response: { status: 429 } }, {}] }],
  });

  test('a file that has changed is reloaded', async (t) => {
    const world = new World(t), key = 'mine.k';
    await world.start('--scenario', file(world, 'one.example'));
    const old = await world.post(key, 'ann');
    await world.settle(key);
    assert.equal((await world.calls.make('POST', POST_PATH, { key, body: lead('busy') })).status, 429);
    await world.stop();
    await world.start('--scenario', file(world, 'two.example'));
    const young = await world.post(key, 'ann');
    await world.settle(key);
    assert.equal((await world.poll(key, old)).email.email, 'ann@one.example');
    assert.equal((await world.poll(key, young)).email.email, 'ann@two.example');
    // As with a reload, the counters of rules begin again.
    assert.equal((await world.calls.make('POST', POST_PATH, { key, body: lead('busy') })).status, 429);
    assert.equal((await world.calls.get('/__admin/ledger', key)).movements.length, 3);
  });

  test('a file that is the same keeps the counters of its rules', async (t) => {
    const world = new World(t), key = 'mine.k';
    await world.start('--scenario', file(world, 'one.example'));
    assert.equal((await world.calls.make('POST', POST_PATH, { key, body: lead('busy') })).status, 429);
    await world.stop();
    await world.start('--scenario', file(world, 'one.example'));
    assert.equal((await world.calls.make('POST', POST_PATH, { key, body: lead('busy') })).status, 201);
  });

  test('of a file that is gone, the kept copy is used', async (t) => {
    const world = new World(t), key = 'mine.k';
    await world.start('--scenario', file(world, 'one.example'));
    await world.post(key, 'ann');
    await world.stop();
    await world.start();
    const id = await world.post(key, 'bob');
    await world.settle(key);
    assert.equal((await world.poll(key, id)).email.email, 'bob@one.example');
    assert.equal((await world.calls.all('enrichments', key)).length, 2);
    assert.equal((await world.calls.get('/__admin/scenario', key)).name, 'mine');
  });

  test('a scenario of a team alone stays until it is reset', async (t) => {
    const world = new World(t), key = 'default.own';
    await world.start();
    await world.calls.expect('PUT', '/__admin/scenario', { key, body: { name: 'default', credits: 5, lookup: { email: 'x@own.example' } } });
    const own = await world.calls.get('/__admin/scenario', key);
    await world.stop();
    await world.start();
    assert.deepEqual(await world.calls.get('/__admin/scenario', key), own);
    await world.calls.expect('POST', '/__admin/reset', { key });
    await world.stop();
    await world.start();
    assert.notEqual((await world.calls.get('/__admin/scenario', key)).text, own.text);
  });
});

describe('what is removed is removed from the file', { concurrency: 4, timeout: PATIENCE }, () => {
  async function fill(world, key, count) {
    await world.calls.expect('PUT', '/__admin/clock', { key, body: { mode: 'manual' } });
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let i = client; i < count; i += 8) await world.post(key, `jane-${i}`, { external_id: 'x'.repeat(200) });
    });
    await Promise.all(clients);
    await world.settle(key);
  }

  test('reset: the file shrinks, and nothing comes back', async (t) => {
    const world = new World(t), key = 'default.reset';
    await world.start();
    await fill(world, key, 3000);
    await world.stop();
    const full = world.size();
    await world.start();
    assert.equal((await world.calls.all('enrichments', key)).length, 3000);
    await world.calls.expect('POST', '/__admin/reset', { key });
    await world.kill();
    await world.start();
    assert.deepEqual(await world.calls.all('enrichments', key), []);
    await until('the file is small', () => world.size() < full / 2);
    await world.stop();
    assert.ok(world.size() < full / 4, `${full} bytes, then ${world.size()}`);
  });

  test('--keep-resolved: only the latest ones are there', async (t) => {
    const world = new World(t), key = 'default.few';
    await world.start();
    await fill(world, key, 2000);
    const last = (await world.calls.all('enrichments', key)).slice(-10).map(({ _id }) => _id);
    await world.stop();
    const full = world.size();
    await world.start('--keep-resolved', '10');
    assert.deepEqual((await world.calls.all('enrichments', key)).map(({ _id }) => _id), last);
    assert.equal((await world.calls.get('/__admin/credits', key)).balance, 0);
    await until('the file is small', () => world.size() < full / 2);
    await world.stop();
    await world.start();
    assert.deepEqual((await world.calls.all('enrichments', key)).map(({ _id }) => _id), last);
  });

  test('--keep-resolved: a kill leaves what the ledger needs', async (t) => {
    const world = new World(t), key = 'default.bounded';
    await world.start('--keep-resolved', '20', '--time-scale', '100');
    for (let round = 0; round < 3; round += 1) {
      let stopped = false;
      const clients = Array.from({ length: 4 }, async (_, client) => {
        try {
          for (let i = 0; !stopped; i += 1) await world.post(key, `jane-${client}-${i}`);
        } catch {}  // it was killed
      });
      await until('many lookups have ended', async () => (await world.calls.get('/__admin/teams')).teams[0]?.forgotten >= 30 * (round + 1));
      await world.mock.kill();
      stopped = true;
      await Promise.all(clients);
      world.calls.close();
      await world.start('--keep-resolved', '20', '--time-scale', '100');
      await world.settle(key);
      const enrichments = await world.calls.all('enrichments', key), ledger = await world.calls.all('ledger', key, 'movements');
      assert.equal(enrichments.length, 20);
      const { balance } = await world.calls.get('/__admin/credits', key);
      assert.equal(ledger.reduce((sum, { amount }) => sum + amount, 0), balance);
      assert.equal(new Set(enrichments.map(({ _id }) => _id)).size, 20);
    }
  });

  test('--max-teams: a team that is opened again gets other ids, after a restart, too', async (t) => {
    const world = new World(t), ids = [];
    for (let round = 0; round < 3; round += 1) {
      await world.start('--max-teams', '1');
      for (const key of ['a', 'b']) {
        ids.push(await world.post(key, 'jane'));
        await world.settle(key);
      }
      await world.kill();
    }
    assert.equal(new Set(ids).size, ids.length, ids.join());
  });

  test('--max-teams: teams that were removed stay removed', async (t) => {
    const world = new World(t);
    await world.start('--max-teams', '2');
    for (const key of ['a', 'b', 'c', 'd']) {
      await world.post(key, 'jane');
      await world.settle(key);
    }
    const { teams } = await world.calls.get('/__admin/teams');
    assert.equal(teams.length, 2);
    await world.kill();
    await world.start();
    assert.deepEqual((await world.calls.get('/__admin/teams')).teams.map(({ id }) => id), teams.map(({ id }) => id));
  });

  test('--max-teams that is smaller than before removes the teams that are idle for longest', async (t) => {
    const world = new World(t);
    await world.start();
    for (const key of ['a', 'b', 'c', 'd']) {
      await world.post(key, 'jane');
      await world.settle(key);
    }
    await world.stop();
    await world.start('--max-teams', '2');
    await world.post('e', 'jane');
    const { teams } = await world.calls.get('/__admin/teams');
    assert.equal(teams.length, 2);
    await world.kill();
    await world.start();
    assert.deepEqual((await world.calls.get('/__admin/teams')).teams.map(({ id }) => id), teams.map(({ id }) => id));
  });
});

test('without --state nothing is written', { timeout: PATIENCE }, async (t) => {
  const world = new World(t), empty = join(world.folder, 'empty');
  mkdirSync(empty);
  const mock = new Mock([], { cwd: empty, env: { HOME: empty, TMPDIR: empty } });
  assert.ok(await mock.ready, mock.stderr);
  world.begin(mock);
  await world.post('k', 'jane');
  await world.settle('k');
  await world.stop();
  assert.deepEqual(readdirSync(empty), []);
});

test('the program says what is in a file, without its keys', { timeout: PATIENCE }, async (t) => {
  const world = new World(t);
  await world.start();
  const id = await world.post('default.shown', 'jane');
  await world.settle('default.shown');
  for (const isRunning of [true, false]) {
    const shown = run('state', world.file);
    assert.deepEqual([shown.status, shown.stderr], [0, '']);
    assert.match(shown.stdout, /^1 team$[^]*scenario +default$[^]*enrichments +1: 1 completed$[^]*balance +249 credits$/m);
    assert.doesNotMatch(shown.stdout, /default\.shown/);
    const checked = run('state', world.file, '--check');
    assert.deepEqual([checked.status, checked.stdout, checked.stderr], [0, `${world.file}: no faults\n`, '']);
    if (isRunning) await world.stop();
  }
  await world.start();
  assert.equal((await world.poll('default.shown', id)).status, 'completed');
});

test('views of the file can be queried while the mock runs', { timeout: PATIENCE, ...needsSqlite }, async (t) => {
  const world = new World(t), key = 'default.viewed';
  await world.start();
  const id = await world.post(key, 'jane', { external_id: 'lead-1', callback_url: 'http://127.0.0.1:1/hook' });
  await world.calls.expect('GET', `/__admin/enrichments/${id}?wait=completed&timeout=50s`, { key });
  const query = (statement) => {
    const { status, stdout, stderr } = spawnSync('sqlite3', ['-json', '-readonly', world.file, statement], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  };
  assert.deepEqual(query('SELECT id, status, email, external_id FROM enrichments'), [
    { id, status: 'completed', email: 'jane@example.com', external_id: 'lead-1' },
  ]);
  assert.deepEqual(query('SELECT scenario, balance, completed FROM teams'), [{ scenario: 'default', balance: 249, completed: 1 }]);
  assert.deepEqual(query('SELECT kind, amount, balance, adds_up FROM ledger'), [
    { kind: 'opening', amount: 250, balance: 250, adds_up: 1 }, { kind: 'charge', amount: -1, balance: 249, adds_up: 1 },
  ]);
  assert.deepEqual(query('SELECT id, url FROM callbacks'), [{ id: `${id}-1`, url: 'http://127.0.0.1:1/hook' }]);
});
