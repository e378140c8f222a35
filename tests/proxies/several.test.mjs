// Three mocks behind HAProxy and nginx, with the recipes and commands of server/net/several.md.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { PATIENCE, keyFor, lead, startEmulator } from '../clients/testing.mjs';
import { BALANCERS, Fleet, ask, blocks, callAll, open, page, pathOf, root } from './fleet.mjs';
import { isMissing } from './running.mjs';

test('the page shows the recipes as they are', () => {
  for (const [language, file] of [['haproxy', 'haproxy.cfg'], ['nginx', 'nginx.conf']])
    assert.deepEqual(blocks(language), [readFileSync(pathOf(file), 'utf8')]);
});

const openapi = JSON.parse(readFileSync(join(root, 'server/control/openapi.json'), 'utf8'));
const idsIn = (path) => path.replace('scenarios/{id}', 'scenarios/default').replace('{id}', '0'.repeat(24)).replace('{name}', 'x');

test('the page has all control calls that work without a key, and no others', async (t) => {
  const mock = await startEmulator();
  t.after(() => mock.stop());
  const calls = Object.entries(openapi.paths).filter(([path]) => path.startsWith('/__admin/')).flatMap(([path, methods]) =>
    ['get', 'put', 'post', 'delete'].filter((method) => methods[method]).map((method) => [method.toUpperCase(), path]));
  const keyless = [];
  for (const [method, path] of calls) {
    const answer = await open(new URL(mock.url).host, method, idsIn(path), { body: ['PUT', 'POST'].includes(method) ? '{}' : undefined });
    const text = path.endsWith('/events') ? '' : (await answer.toArray()).join('');
    answer.destroy();
    if (!/"(this call needs a team|the header x-api-key is missing)/.test(text)) keyless.push(`${method} ${path.replace('/__admin/', '')}`);
  }
  const [, section] = /^## Calls without a key\n(.*?)^## /ms.exec(page);
  const rows = [...section.matchAll(/^\| (`.*?) \|/gm)].map(([, cell]) => cell).join();
  const named = [...rows.matchAll(/`([^`]+)`/g)].map(([, call]) => call.replace('scenarios/{name}', 'scenarios/{id}'));
  assert.deepEqual(named.sort(), keyless.sort());
});

const EMAIL = '/v1/api/enrichment/email', CREDITS = '/v1/api/enrichment/credits';
const json = { 'content-type': 'application/json' };

// What happens to a call of a mock that is lost: its status, or 0 if the connection is closed.
const attempt = (...args) => ask(...args).catch(() => ({ status: 0 }));

// A team behind a balancer. Its leads are named after it, so that they can be found in the mocks.
class World {
  constructor(address) {
    Object.assign(this, { address, key: keyFor('default'), ids: new Map() });
    this.name = this.key.split('.')[1];
  }

  ask(method, path, body) {
    return ask(this.address, method, path, { key: this.key, headers: json, body: body && JSON.stringify(body) });
  }

  // The next lead is accepted, and the first one is still known.
  async work() {
    const username = `${this.name}-lead-${this.ids.size}`;
    const accepted = await this.ask('POST', EMAIL, lead(username));
    assert.equal(accepted.status, 201, accepted.text);
    this.ids.set(accepted.json()._id, username);
    await this.check(1);
  }

  // Its first leads are known, or all of them.
  async check(count = this.ids.size) {
    for (const [id, username] of [...this.ids].slice(0, count)) {
      const poll = await this.ask('GET', `${EMAIL}/${id}`);
      assert.equal(poll.status, 200, poll.text);
      assert.equal(poll.json().linkedin_url, lead(username).linkedin_url);
    }
  }
}

// Worlds, by the mock that has them: [[World…], …], at least `least` in each.
async function openWorlds(fleet, least) {
  const homes = fleet.mocks.map(() => []);
  while (homes.some((worlds) => worlds.length < least)) {
    const opened = Array.from({ length: 16 }, () => new World(fleet.address));
    await Promise.all(opened.map((world) => world.work()));
    for (const world of opened) {
      const found = await Promise.all(fleet.mocks.map((mock) => mock.has(`${world.name}-lead-0`)));
      assert.equal(found.filter(Boolean).length, 1, 'each world is in one mock');
      homes[found.indexOf(true)].push(world);
    }
  }
  return homes;
}

// Runs the suite of the npm package in a folder where it is installed.
async function runParallelSuite(t, url) {
  const folder = mkdtempSync(join(tmpdir(), 'suite-')), suites = join(root, 'tests/packages/npm');
  t.after(() => rmSync(folder, { recursive: true }));
  for (const each of ['node_modules', 'node-test']) mkdirSync(join(folder, each));
  symlinkSync(join(root, 'server/packages/npm'), join(folder, 'node_modules/enrichment-mock'));
  for (const file of ['client.cjs', 'suites.cjs', 'node-test/parallel.test.mjs']) copyFileSync(join(suites, file), join(folder, file));
  const { NODE_TEST_CONTEXT, ...env } = { ...process.env, ENRICHMENT_MOCK_URL: url, ENRICHMENT_MOCK_BINARY: '/nowhere' };
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', 'node-test/parallel.test.mjs'],
    { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text) => { output += text; });
  const [status] = await once(child, 'close');
  assert.equal(status, 0, output);
  assert.match(output, /^# pass 6[45]$/m);  // older releases of Node count the file, too
}

for (const [balancer, { moves }] of Object.entries(BALANCERS)) {
  describe(`three mocks behind ${balancer}`, { timeout: PATIENCE, skip: isMissing(balancer) }, () => {
    let fleet;
    before(async () => { fleet = await Fleet.start(balancer); });
    after(() => fleet?.stop());

    test('the suite of 64 worlds in parallel passes unchanged, on all three mocks', async (t) => {
      await runParallelSuite(t, fleet.url);
      const shares = (await Promise.all(fleet.mocks.map((mock) => mock.teams()))).map((teams) => teams.length);
      assert.equal(shares.reduce((sum, share) => sum + share), 64);
      for (const share of shares) assert.ok(share > 0, `${shares}`);
    });

    test('an event arrives at once', async () => {
      const world = new World(fleet.address);
      await world.work();
      const events = await open(fleet.address, 'GET', '/__admin/events', { key: world.key });
      let text = '', caused = false;
      for await (const piece of events) {
        text += piece;
        if (!caused) await world.ask('GET', CREDITS);
        caused = true;
        if (text.includes('event: request\n')) break;
      }
    });

    test('callbacks to the sink of the balancer reach the sink of the mock that has the team', async () => {
      const homes = await openWorlds(fleet, 1);
      await Promise.all(homes.map(async ([world]) => {
        const sink = `/__admin/sink/${world.name}`;
        await world.ask('POST', EMAIL, lead('ada', { callback_url: fleet.url + sink }));
        const { received } = (await world.ask('GET', `${sink}?wait=1&timeout=1m`)).json();
        assert.equal(received[0].attempt, 1);
      }));
    });

    test('a body that is too large gets the response of the mock', async () => {
      const refused = await new World(fleet.address).ask('POST', EMAIL, lead('ada', { note: 'x'.repeat(1_100_000) }));
      assert.deepEqual([refused.status, refused.json().statusCode], [413, 413]);
    });

    test('a call without a key, or with the id of a team, reaches the first mock only', async () => {
      const homes = await openWorlds(fleet, 1);
      const through = async (method, path, body) => (await ask(fleet.address, method, `/__admin/${path}`, { body })).json();
      const { teams } = await through('GET', 'teams');
      assert.equal(teams.length, (await fleet.mocks[0].teams()).length);

      const [other] = await fleet.mocks[1].teams();
      assert.equal((await ask(fleet.address, 'GET', `/__admin/enrichments?team=${other.id}`)).status, 404);
      assert.equal((await ask(fleet.address, 'GET', `/__admin/enrichments?team=${teams[0].id}`)).status, 200);

      await through('PUT', 'scenario', JSON.stringify({ name: 'default', description: 'replaced' }));
      const described = await Promise.all(fleet.mocks.map(async ({ address }) => (await ask(address, 'GET', '/__admin/scenarios/default')).text));
      assert.deepEqual(described.map((text) => text.includes('"replaced"')), [true, false, false]);

      await through('POST', 'reset');
      const [[reset], ...others] = homes;
      assert.equal(await fleet.mocks[0].has(`${reset.name}-lead-0`), false);
      for (const [world] of others) await world.check();
    });

    test('the command of the page that calls all mocks reaches all of them', async () => {
      const worlds = (await openWorlds(fleet, 1)).flat();
      const child = spawn('bash', ['-ec', fleet.here(callAll)], { stdio: 'ignore' });
      assert.deepEqual(await once(child, 'exit'), [0, null]);
      for (const world of worlds) assert.deepEqual((await world.ask('GET', '/__admin/enrichments')).json().enrichments, []);
    });

    test('a connection that a scenario breaks is closed, and moves no world to another mock', async () => {
      const homes = await openWorlds(fleet, 2);
      for (const [world, neighbour] of homes) {
        for (const fault of ['connection-reset', 'empty-response']) {
          await world.ask('POST', '/__admin/rules', { rule: { on: 'credits', response: { fault } }, times: 3 });
          for (let i = 0; i < 3; i += 1) await assert.rejects(world.ask('GET', CREDITS), { code: 'ECONNRESET' });
        }
        await world.ask('POST', '/__admin/rules', { rule: { on: 'credits', response: { fault: 'truncated-body' } }, times: 1 });
        const half = await open(fleet.address, 'GET', CREDITS, { key: world.key });
        assert.equal(half.statusCode, 200);
        await assert.rejects(half.toArray(), { code: 'ECONNRESET' });
        await world.work();
        await neighbour.work();
      }
    });

    test('a mock that is killed loses only its own worlds', async () => {
      const homes = await openWorlds(fleet, 5);
      const victim = fleet.mocks[1], [lost, others] = [homes[1], [...homes[0], ...homes[2]]];

      // A POST that the mock has accepted, but not answered.
      const [waiting] = lost.splice(0, 1);
      await waiting.ask('POST', '/__admin/rules', { rule: { response: { delay: '1h' } } });
      const unanswered = attempt(fleet.address, 'POST', EMAIL, { key: waiting.key, headers: json, body: JSON.stringify(lead('unanswered')) });
      while (!(await victim.has('unanswered')));

      // The others work all the time.
      for (const world of others) await world.ask('PUT', '/__admin/credits', { balance: 1_000_000 });
      const rounds = new EventEmitter();
      let ended = false;
      const working = (async () => {
        while (!ended) {
          await Promise.all(others.map((world) => world.work()));
          rounds.emit('round');
        }
      })();
      const more = async (count) => {
        for (let n = 0; n < count; n += 1) await Promise.race([once(rounds, 'round'), working]);
      };

      await more(2);
      await victim.kill();
      assert.equal((await unanswered).status, 0);
      const polls = () => Promise.all(lost.map(({ key, ids }) => attempt(fleet.address, 'GET', `${EMAIL}/${[...ids.keys()][0]}`, { key })));
      if (moves) {
        let statuses;
        do {
          statuses = (await polls()).map(({ status }) => status);
          for (const status of statuses) assert.ok([0, 503, 404].includes(status), `${status}`);
        } while (statuses.some((status) => status !== 404));
        for (const world of lost) assert.equal((await world.ask('GET', CREDITS)).json().balance, 250);
      } else {
        for (const { key } of lost) assert.equal((await attempt(fleet.address, 'GET', CREDITS, { key })).status, 0);
      }
      await more(2);

      // No other mock got the POST.
      for (const mock of [fleet.mocks[0], fleet.mocks[2]]) assert.equal(await mock.has('unanswered'), false);

      await victim.start();
      for (const world of lost) {
        while (!(await victim.has(`${world.name}-again`))) // the balancer may not have noticed yet
          await attempt(fleet.address, 'POST', EMAIL, { key: world.key, headers: json, body: JSON.stringify(lead(`${world.name}-again`)) });
        const [id] = world.ids.keys();
        assert.equal((await world.ask('GET', `${EMAIL}/${id}`)).status, 404);
      }
      await more(2);
      ended = true;
      await working;
      for (const world of others) await world.check(20);
    });
  });
}

for (const balancer of Object.keys(BALANCERS)) {
  describe(`three mocks with --state behind ${balancer}, which lets keys wait`, { timeout: PATIENCE, skip: isMissing(balancer) }, () => {
    let fleet;
    before(async () => {
      const flags = (n, folder) => ['--state', join(folder, `mock-${n}.db`), '--log-format', 'text'];
      fleet = await Fleet.start(balancer, { flags, variables: { FALL: '60' } });
      if (balancer === 'haproxy') await fleet.isChecked();
    });
    after(() => fleet?.stop());

    test('a mock that is killed comes back with its worlds; until then, none of their calls is answered by another mock', async () => {
      const homes = await openWorlds(fleet, 2), victim = fleet.mocks[1];
      for (const world of homes[1]) await world.ask('PUT', '/__admin/credits', { balance: 7 });
      await victim.kill();
      const [{ key }] = homes[1], body = JSON.stringify(lead('refused'));
      const { status } = await attempt(fleet.address, 'POST', EMAIL, { key, headers: json, body });
      assert.equal(status, balancer === 'haproxy' ? 503 : 0);
      for (const world of [...homes[0], ...homes[2]]) await world.work();

      await victim.start();
      for (const world of homes[1]) {
        assert.ok((await world.ask('GET', CREDITS)).json().balance >= 6);
        await world.check();
        await world.work();
      }
      for (const mock of fleet.mocks) assert.equal(await mock.has('refused'), false);
    });
  });
}

describe('nginx with another list of mocks', { timeout: PATIENCE, skip: isMissing('nginx') }, () => {
  let fleet;
  before(async () => { fleet = await Fleet.start('nginx'); });
  after(() => fleet?.stop());

  const first = ({ key, ids }) => ask(fleet.address, 'GET', `${EMAIL}/${[...ids.keys()][0]}`, { key });

  test('keys of a mock that is marked as down move, and no others, and return when the mark is removed', async () => {
    const homes = await openWorlds(fleet, 4), [lost] = homes.splice(1, 1), others = homes.flat();
    await fleet.mocks[1].kill();
    const server = fleet.here('server 127.0.0.1:8082 max_fails=0');
    await fleet.reload((recipe) => recipe.replace(server, `${server} down`));
    for (const world of lost) {
      assert.equal((await first(world)).status, 404);
      assert.equal((await world.ask('GET', CREDITS)).json().balance, 250);
      world.ids.clear();
      await world.work();
    }
    for (const world of others) await world.work();

    await fleet.mocks[1].start();
    await fleet.reload((recipe) => recipe);
    for (const world of lost) {
      assert.equal((await first(world)).status, 404);
      const stays = await Promise.all(fleet.mocks.map((mock) => mock.has(`${world.name}-lead-0`)));
      assert.ok(stays[0] !== stays[2], 'what it did meanwhile is in another mock');
    }
    for (const world of others) await world.work();
  });

  test('a fourth mock takes keys of all others, and no key moves between the others', async (t) => {
    const worlds = (await openWorlds(fleet, 20)).flat();
    const fourth = await startEmulator();
    t.after(() => fourth.stop());
    const { host } = new URL(fourth.url), last = fleet.here('server 127.0.0.1:8083 max_fails=0;');
    await fleet.reload((recipe) => recipe.replace(last, `${last} server ${host} max_fails=0;`));
    let moved = 0;
    for (const world of worlds) {
      const { status } = await first(world);
      if (status === 200) continue;
      assert.equal(status, 404);
      const { _id: id } = (await world.ask('POST', EMAIL, lead('moved'))).json();
      assert.equal((await ask(host, 'GET', `${EMAIL}/${id}`, { key: world.key })).status, 200, 'the fourth mock has it');
      moved += 1;
    }
    assert.ok(moved > 0 && moved < worlds.length / 2, `${moved} of ${worlds.length}`);
  });
});

test('with the same seed, the ids of a key are the same in every mock, and without they are not', async (t) => {
  const idIn = async (...flags) => {
    const mock = await startEmulator(...flags);
    t.after(() => mock.stop());
    const answer = await ask(new URL(mock.url).host, 'POST', EMAIL, { key: 'default.seeded', headers: json, body: JSON.stringify(lead('ada')) });
    return answer.json()._id;
  };
  assert.equal(await idIn('--seed', '7'), await idIn('--seed', '7'));
  assert.notEqual(await idIn(), await idIn());
});
