// The kill campaign: clients call a mock with --state, the mock is killed at a random instant and started again, and
// everything that the clients were told must still be there. See tests/state/run for the flags.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { IGNORING_XFSZ, Place, canLimit, canMount, enterNamespace } from './place.mjs';
import { Calls, CountingReceiver, Cut, Mock, POST_PATH, Random, now, run, until } from './support.mjs';
import { newTeams } from './teams.mjs';
import { problem } from './told.mjs';
import { TwinTeam } from './twin.mjs';

const CYCLE = 10;           // rounds with the same teams
const MAX_LOGGED = 20;      // problems of a round
const SCENARIOS = ['kill-load', 'kill-manual', 'kill-polled', 'kill-twin'];
const scenarioFile = (name) => fileURLToPath(new URL(`scenarios/${name}.json`, import.meta.url));

// How a round ends. `path`: the mock is killed while such a call is running.
const ENDS = {
  load: {},
  reset: { path: '/__admin/reset' },
  advance: { path: '/__admin/clock/advance' },
  scenario: { path: '/__admin/scenario', method: 'PUT' },
  callback: { onCallback: true },
  start: { atStart: true },
  shutdown: { signal: 'SIGTERM' },
  stop: { signal: 'SIGTERM', waits: true },
  full: { fault: 'full' },
  limit: { fault: 'limit' },
  copy: { fault: 'copy' },
};

// The mock does not start, so the campaign ends.
class NoStart extends Error {}

// Calls under load: they are counted, and one of them may be the last.
class LoadCalls extends Calls {
  stopped = false;
  refused = 0;    // answers 503
  complete = 0;
  refusals = [];  // their bodies that have not the shape of the API
  #watches = [];

  constructor(mock) {
    super(mock.url);
    this.mock = mock;
  }

  isDown() {
    return this.mock.exit !== undefined || this.mock.child.killed;
  }

  make(method, path, options) {
    this.onCall?.(method, path);
    return super.make(method, path, options);
  }

  answered({ status, body }) {
    this.complete += 1;
    if (status === 503) {
      this.refused += 1;
      if (body?.statusCode !== 503 || typeof body.message !== 'string' || body.error !== 'Service Unavailable')
        this.refusals.push(JSON.stringify(body));
    }
    for (const watch of this.#watches) if (watch.condition()) watch.resolve();
    this.#watches = this.#watches.filter(({ condition }) => !condition());
  }

  // Resolves once the condition holds after an answer, or the mock has exited.
  when(condition) {
    return Promise.race([new Promise((resolve) => this.#watches.push({ condition, resolve })), this.mock.exited]);
  }
}

export class Campaign {
  problems = [];
  ids = new Set();
  receiver = new CountingReceiver();
  teams = [];
  retired = [];
  figures = {
    rounds: 0, kills: {}, faults: {}, calls: 0, callbacks: 0, facts: 0, enrichments: 0, repeated: 0, skipped: {}, slowestStart: 0,
  };
  #copies = 0;
  #logged = 0;      // problems
  #readyTime = 50;  // milliseconds of the last start

  // `flags` returns the mock's flags for a file. `ends`: how rounds end, in random order.
  constructor({ seed, ends = Object.keys(ENDS), flags = (file, sync) => ['--state', file, '--state-sync', sync], log = () => {} }) {
    this.seed = seed;
    this.random = new Random(seed);
    this.flags = flags;
    this.ends = ends;
    this.log = log;
    this.place = new Place();
    this.isMounted = this.place.mount();
    this.hasState = flags('f', 'off').length > 0;
    this.receiver.onCallback = (key, body, at) => {
      this.figures.callbacks += 1;
      this.teams.find((team) => team.key === key)?.calledBack(body, at);
      this.onCallback?.();
    };
  }

  scenario(name) {
    return readFileSync(scenarioFile(name), 'utf8');
  }

  count(group, name) {
    this.figures[group][name] = (this.figures[group][name] ?? 0) + 1;
  }

  report(kind, text) {
    this.problems.push(problem(kind, text));
  }

  newMock(file = this.place.file, more = []) {
    const sync = this.random.pick(['off', 'normal', 'full']);
    const scenarios = SCENARIOS.flatMap((name) => ['--scenario', scenarioFile(name)]);
    return new Mock([...scenarios, ...this.flags(file, sync), ...more], { through: IGNORING_XFSZ });
  }

  // Kills it `delay` milliseconds from now, in the phase of that name.
  async kill(mock, phase, delay = 0) {
    if (delay > 0) await new Promise((resolve) => { setTimeout(resolve, delay); });
    if (mock.exit && !(phase === 'shutdown' && mock.exit.status === 0))
      this.report('exited', `the mock exited by itself: ${JSON.stringify(mock.exit)} ${mock.stderr}`);
    await mock.kill();
    this.count('kills', phase);
    this.#readLog(mock);
  }

  #readLog(mock) {
    if (/Sanitizer|runtime error/.test(mock.stderr)) this.report('sanitizer', mock.stderr);
  }

  async startMock() {
    const began = now(), mock = this.newMock();
    if (!await mock.ready) throw new NoStart(`the mock exited with ${JSON.stringify(mock.exit)}: ${mock.stderr}`);
    this.#readyTime = now() - began;
    this.figures.slowestStart = Math.max(this.figures.slowestStart, this.#readyTime);
    return mock;
  }

  #logProblems() {
    for (const { kind, text } of this.problems.slice(this.#logged, this.#logged + MAX_LOGGED)) this.log(`LOST ${kind}: ${text}`);
    this.#logged = this.problems.length;
  }

  // What `enrichment-mock state FILE --check` says about the file that a kill has left.
  checkFile(file = this.place.file) {
    if (!this.hasState || !existsSync(file)) return;
    const { status, stdout, stderr } = run('state', file, '--check');
    if (status !== 0) this.report('file', `state --check: ${status} ${stdout} ${stderr}`);
  }

  // Compares all teams with what they were told.
  async checkTeams(calls, options = {}) {
    for (const problems of await Promise.all(this.teams.map(async (team) => {
      const known = team.told.posts.size > 0 ? [...team.told.posts.values()].filter(({ id }) => id) : [];
      const polls = options.polls ? [...known.slice(-60), ...this.random.shuffled(known).slice(0, 20)] : [];
      return team.check(calls, { ...options, polls });
    }))) this.problems.push(...problems);
  }

  async round(number, end) {
    const { random } = this, { atStart, fault } = ENDS[end];
    for (let kills = atStart ? random.between(2, 4) : 0; kills > 0; kills -= 1)
      await this.kill(this.newMock(), 'start', random.between(0, Math.ceil(this.#readyTime * 1.2)));
    const mock = await this.startMock(), calls = new LoadCalls(mock);
    for (const team of this.teams) this.figures.facts += team.facts();
    await this.checkTeams(calls, { polls: true });
    for (const team of this.teams) if (team.settles) await team.settle(calls);
    await Promise.all(this.teams.filter(({ settles }) => settles).map(async (team) =>
      this.problems.push(...await team.check(calls, { settled: true }))));

    const workers = this.teams.flatMap((team) => team.run(calls));
    const target = random.chance(10) ? random.between(1000, 2500) : random.between(30, 300);
    await calls.when(() => calls.complete >= target);
    const isKilled = fault && await this.#inject(fault, mock, calls);
    if (!isKilled) await this.#endRound(mock, calls, end);
    calls.stopped = true;
    await Promise.all(workers);
    calls.close();
    this.figures.calls += calls.complete;
    for (const refusal of calls.refusals) this.report('refusal', `503 is not in the shape of the API: ${refusal}`);
    if (!fault && calls.refused > 0) this.report('refused', `${calls.refused} calls were answered 503`);
    this.checkFile();
    this.figures.rounds += 1;
    this.log(`round ${number}: ${end}, ${calls.complete} calls`);
    this.#logProblems();
  }

  async #endRound(mock, calls, end) {
    const { random } = this, { path, method = 'POST', onCallback, signal, waits, fault } = ENDS[end];
    if (path) {
      await new Promise((resolve) => {
        calls.onCall = (usedMethod, used) => { if (used === path && usedMethod === method) resolve(); };
        mock.exited.then(resolve);
      });
    } else if (onCallback) {
      await new Promise((resolve) => { this.onCallback = resolve; });
      this.onCallback = undefined;
    }
    if (signal) mock.child.kill(signal);
    if (!waits) {
      const delay = random.chance(50) ? 0 : random.below(6);
      return this.kill(mock, signal ? 'shutdown' : fault ? `after ${fault}` : end, signal ? random.below(12) : delay);
    }
    await mock.exited;
    this.count('kills', 'none: stopped in order');
    if (mock.exit.status !== 0) this.report('exited', `after SIGTERM: ${JSON.stringify(mock.exit)} ${mock.stderr}`);
    this.#readLog(mock);
  }

  // Returns whether the mock was killed meanwhile.
  async #inject(fault, mock, calls) {
    const missing = { full: !this.isMounted && 'full: cannot mount', limit: !canLimit() && 'limit: no prlimit' }[fault];
    if (missing) this.count('skipped', missing);
    if (fault === 'copy') await this.#copy();
    if (missing || fault === 'copy') return false;
    const begin = { full: () => this.place.fill(), limit: () => this.place.limit(mock.child.pid) }[fault];
    const finish = { full: () => this.place.free(), limit: () => this.place.unlimit(mock.child.pid) }[fault];
    begin();
    const target = calls.refused + this.random.between(5, 40), before = calls.complete;
    await calls.when(() => calls.refused >= target || calls.complete > before + 20_000);
    if (calls.refused < target) this.report('fault', `${fault}: no call was refused`);
    await this.#checkRefusing(calls);
    this.count('faults', fault);
    if (this.random.chance(40)) {
      await this.kill(mock, `during ${fault}`);
      if (fault === 'full') await this.#startFull();
      finish();
      return true;
    }
    finish();
    await until(`ready after ${fault}`, async () => mock.exit || (await calls.make('GET', '/__admin/ready')).status === 200);
    const more = calls.complete + this.random.between(20, 100);
    await calls.when(() => calls.complete >= more);
    return false;
  }

  // Without room the mock starts, or says why not.
  async #startFull() {
    const mock = this.newMock();
    if (!await mock.ready && !(mock.exit.status === 1 && mock.stderr.includes(this.place.file) && /full|No space/.test(mock.stderr)))
      this.report('start', `on a full disk: ${JSON.stringify(mock.exit)} ${mock.stderr}`);
    await mock.kill();
  }

  // While nothing can be saved. The mock may try again at any moment, and fail again.
  async #checkRefusing(calls) {
    const ready = await calls.make('GET', '/__admin/ready'), health = await calls.make('GET', '/__admin/health');
    if (ready.status !== 503) this.report('fault', `ready is ${ready.status} ${JSON.stringify(ready.body)}`);
    if (health.status !== 200) this.report('fault', `health is ${health.status} ${JSON.stringify(health.body)}`);
  }

  // Copies the file while the mock writes to it: as the manual says, which is complete; and with `cp`, which may be damaged.
  async #copy() {
    if (!this.hasState) return;
    const { file, root } = this.place;
    for (const way of ['backup', 'vacuum', 'cp']) {
      const asOf = now(), copy = join(root, `copy-${this.#copies += 1}.db`);
      if (way === 'cp') {
        // Not copyFileSync(), which never ends if the file becomes shorter meanwhile.
        for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) spawnSync('cp', [file + suffix, copy + suffix]);
      } else if (!await this.#sqlite(file, way === 'backup' ? `.backup '${copy}'` : `VACUUM INTO '${copy}'`)) {
        this.count('skipped', 'copy: no sqlite3');
        continue;
      }
      this.count('faults', `copy with ${way}`);
      await this.#checkCopy(way, copy, asOf);
      for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true });
    }
  }

  async #sqlite(file, statement) {
    if (spawnSync('sqlite3', ['--version']).error) return false;
    const { status, stderr } = spawnSync('sqlite3', ['-cmd', '.timeout 60000', file, statement], { encoding: 'utf8' });
    if (status !== 0) this.report('copy', `sqlite3 ${statement}: ${status} ${stderr}`);
    return true;
  }

  async #checkCopy(way, copy, asOf) {
    const checked = run('state', copy, '--check');
    if (way !== 'cp' && checked.status !== 0) this.report('copy', `${way}: state --check: ${checked.stdout} ${checked.stderr}`);
    // Its callbacks go where they are not counted.
    const { url } = this.receiver;
    const rewrites = ['ok', 'flaky', 'slow'].flatMap((to) => ['--callback-rewrite', `${url}/${to}/=${url}/void/`]);
    const mock = this.newMock(copy, rewrites);
    if (!await mock.ready) {
      if (way === 'cp' && checked.status !== 0 && mock.exit.status === 1 && mock.stderr.includes(copy)) return this.count('faults', 'copy with cp: refused');
      return this.report('copy', `${way}: state --check is ${checked.status}, the mock exits with ${JSON.stringify(mock.exit)}: ${mock.stderr}`);
    }
    const calls = new Calls(mock.url);
    for (const team of this.teams) {
      if (team instanceof TwinTeam) continue;
      const seen = await team.look(calls), problems = team.told.check(seen, { asOf: way === 'cp' ? 0 : asOf });
      for (const { kind, text } of problems) this.report(kind, `copy with ${way}: ${text}`);
    }
    calls.close();
    await mock.kill();
  }

  // One cycle more with new teams.
  newTeams(number) {
    this.retired.push(...this.teams);
    this.teams = [...newTeams(this, number), new TwinTeam(this, `kill-twin.${number}`)];
  }

  // Everything that is there must end as it should.
  async finish() {
    const mock = await this.startMock(), calls = new LoadCalls(mock);
    await this.checkTeams(calls, { polls: true });
    for (const team of this.teams) {
      if (team instanceof TwinTeam) continue;
      await team.settle(calls);
      this.problems.push(...await team.check(calls, { settled: true }));
    }
    const twin = this.teams.find((team) => team instanceof TwinTeam);
    const other = new Mock(SCENARIOS.flatMap((name) => ['--scenario', scenarioFile(name)]));
    await other.ready;
    const others = new Calls(other.url);
    this.problems.push(...await twin.compare(calls, others));
    others.close();
    await other.kill();
    for (const team of this.teams) {
      for (const { attempts } of await calls.all('callbacks', team.key))
        this.figures.repeated += attempts.filter(({ error }) => error === 'interrupted').length;
      this.figures.enrichments += team.told.posts.size;
    }
    calls.close();
    await mock.stop();
  }

  // The teams of earlier cycles: nothing has called them since, so nothing of them may have changed.
  async checkRetired() {
    const mock = await this.startMock(), calls = new LoadCalls(mock);
    for (const team of this.retired) {
      this.figures.facts += team.facts();
      this.problems.push(...await team.check(calls));
    }
    calls.close();
    await mock.stop();
  }

  async run(rounds) {
    await this.receiver.start();
    try {
      let ends = [];
      for (let number = 1; number <= rounds; number += 1) {
        if ((number - 1) % CYCLE === 0) {
          if (number > 1) await this.finish();
          this.newTeams(Math.ceil(number / CYCLE));
        }
        if (ends.length === 0) ends = this.random.shuffled(this.ends);
        await this.round(number, ends.pop());
      }
      await this.finish();
      await this.checkRetired();
    } catch (error) {
      if (!(error instanceof NoStart)) throw error;
      this.report('start', error.message);
    } finally {
      this.#logProblems();
      this.receiver.stop();
      this.place.remove();
    }
    return this.problems;
  }
}

async function main() {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' }, seed: { type: 'string' } } });
  if (!canMount()) {
    const status = enterNamespace();
    if (status !== undefined) process.exit(status);
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`seed ${seed}: to repeat, tests/state/run --seed ${seed} --rounds ${values.rounds}`);
  const campaign = new Campaign({ seed, log: console.log });
  const problems = await campaign.run(Number(values.rounds));
  for (const [name, value] of Object.entries(campaign.figures)) console.log(`${name}: ${JSON.stringify(value)}`);
  console.log(`lost: ${problems.length}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
