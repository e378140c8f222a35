// A team with a seed and a manual clock, called by one client. At the end its calls are repeated in a mock that is never
// killed: the result must be the same. So draws, steps, counters and ids continue after each start.
import { POST_PATH } from './support.mjs';
import { Team } from './teams.mjs';
import { nameOf, problem } from './told.mjs';

const MILLISECOND = 1;
const START = Date.parse('2026-01-01T00:00:00Z');
const text = (time) => new Date(time).toISOString();

export class TwinTeam extends Team {
  settles = false;
  log = [];          // the calls that had their effect, in order: { op, …, id }
  unsure;            // the last call, if nobody knows
  #time = START;     // of the clock, as it was told
  #followed = { busy: 0, turns: 0 };
  #rules = 0;

  constructor(campaign, key) {
    super(campaign, key, { seeded: true });
  }

  workers() {
    return [(calls) => this.#step(calls)];
  }

  async #step(calls) {
    if (this.unsure) {  // the mock cannot save
      const { status } = await calls.make('GET', '/__admin/ready');
      return status === 200 ? this.report(await this.check(calls)) : undefined;
    }
    const { random } = this, n = this.next(), chosen = random.below(100);
    if (chosen < 60) return this.#request(calls, n);
    if (chosen < 85) return this.#advance(calls, random.between(1, 4000));
    if (chosen < 92) return this.#do(calls, { op: 'credits', add: 1000 + n });
    if (chosen < 97 || this.log.length === 0) return this.#do(calls, { op: 'rule', name: `extra-${n}`, times: random.between(1, 3) });
    return this.#resolve(calls);
  }

  #request(calls, n) {
    const { random, campaign } = this;
    const username = `${random.pick(['busy', 'turns', 'jane', 'kay'])}-${random.below(6)}`;
    return this.#do(calls, {
      op: 'post', username, type: random.pick(['work', 'personal']), ext: `t${n}`,
      callback: random.chance(40) ? `${campaign.receiver.url}/ok/${this.key}/${n}` : undefined,
    });
  }

  #advance(calls, by) {
    return this.#do(calls, { op: 'advance', by, to: this.#time + by });
  }

  #resolve(calls) {
    const posts = this.log.filter(({ op, id }) => op === 'post' && id);
    if (posts.length === 0) return undefined;
    const { id, ext } = this.random.pick(posts.slice(-20));
    return this.#do(calls, { op: 'resolve', id, ext });
  }

  async #do(calls, entry) {
    this.unsure = entry;
    const answer = await this.act(calls, ...callOf(entry), {}, [200, 201, 409, 429]);
    if (!answer) return;
    this.unsure = undefined;
    this.#done(entry, answer.status, answer.body._id);
  }

  #done(entry, status, id) {
    if (entry.op === 'resolve' && status === 409) return;  // it had ended
    if (entry.op === 'post') entry.id = id;
    if (entry.op === 'advance') this.#time = entry.to;
    const rule = entry.op === 'post' ? entry.username.split('-')[0] : '';
    if (rule in this.#followed) this.#followed[rule] += 1;
    this.log.push(entry);
  }

  calledBack() {}

  facts() {
    return this.log.length;
  }

  // After a start: decides whether the last call had its effect, and compares what can be compared already.
  async check(calls) {
    const problems = [], lost = (kind, what) => problems.push(problem(kind, `${this.key}: ${what}`));
    const enrichments = await calls.all('enrichments', this.key);
    const scenario = await calls.get('/__admin/scenario', this.key);
    const ledger = await calls.all('ledger', this.key, 'movements');
    const clock = await calls.get('/__admin/clock', this.key);
    const found = (ext) => enrichments.find((one) => nameOf(one) === ext);
    const followed = (name) => scenario.rules.find((rule) => rule.name === name).followed;

    const { unsure } = this;
    if (unsure?.op === 'post') {
      const rule = unsure.username.split('-')[0], one = found(unsure.ext);
      if (one || (rule in this.#followed && followed(rule) > this.#followed[rule])) this.#done(unsure, one ? 201 : 429, one?._id);
    } else if (unsure?.op === 'credits') {
      if (ledger.some(({ amount }) => amount === unsure.add)) this.#done(unsure);
    } else if (unsure?.op === 'rule') {
      if (scenario.extra_rules.some(({ name }) => name === unsure.name)) this.#done(unsure);
    } else if (unsure?.op === 'resolve') {
      // If it had been completed before, the call has no effect here or there.
      if (found(unsure.ext)?.status === 'completed') this.#done(unsure);
    }
    if (clock.mode !== 'manual') lost('clock-mode', `the clock is ${clock.mode}`);
    const time = Date.parse(clock.now), most = unsure?.op === 'advance' ? unsure.to : this.#time;
    if (time < this.#time) lost('clock-back', `it was ${text(this.#time)} and is ${clock.now}`);
    if (time > most) lost('clock-moved', `it was ${text(this.#time)} and is ${clock.now}`);
    for (const { op, ext, id } of this.log) {
      if (op !== 'post' || !id) continue;
      const one = found(ext);
      if (one?._id !== id) lost('enrichment-lost', `${ext} ${id} is ${one?._id}`);
    }
    for (const [name, count] of Object.entries(this.#followed))
      if (followed(name) !== count) lost('count-lost', `${count} calls have followed the rule ${name}, not ${followed(name)}`);
    for (const { op, add } of this.log)
      if (op === 'credits' && !ledger.some(({ amount }) => amount === add)) lost('movement-lost', `the movement ${add}`);
    if (problems.length === 0 && unsure?.op === 'advance') await this.#finishAdvance(calls, unsure, time);
    this.unsure = undefined;
    return problems;
  }

  // An advance may have ended anywhere on its way. The clock shows only milliseconds.
  async #finishAdvance(calls, entry, time) {
    if (time < entry.to) {
      const next = time + MILLISECOND;
      await calls.expect('PUT', '/__admin/clock', { key: this.key, body: { mode: 'manual', now: text(next) } });
      if (next < entry.to)
        await calls.expect('POST', '/__admin/clock/advance', { key: this.key, body: { by: `${entry.to - next}ms` } });
    }
    this.#done(entry);
  }

  // Repeats the calls in a mock that has only seen them. Returns the problems.
  async compare(calls, others) {
    const differences = [];
    for (const entry of this.log) {
      const [method, path, body] = callOf({ ...entry, callback: entry.callback?.replace('/ok/', '/void/') });
      const { status, body: answer } = await others.make(method, path, { key: this.key, body });
      if (entry.op === 'post' && answer._id !== entry.id)
        differences.push(problem('twin', `${this.key}: ${JSON.stringify(entry)} is answered ${status} ${JSON.stringify(answer)} without kills`));
    }
    const [is, expected] = await Promise.all([calls, others].map((each) => this.#result(each)));
    for (const [what, records] of Object.entries(expected))
      for (let i = 0; i < Math.max(records.length, is[what].length); i += 1)
        if (JSON.stringify(is[what][i]) !== JSON.stringify(records[i]))
          differences.push(problem('twin', `${this.key}: ${what} ${i}: ${JSON.stringify(is[what][i])} instead of ${JSON.stringify(records[i])}`));
    return differences.slice(0, 5);
  }

  async #result(calls) {
    const settled = await calls.expect('POST', '/__admin/settle', { key: this.key, body: { timeout: '50s' } });
    this.#time = Date.parse(settled.now);
    const callbacks = await calls.all('callbacks', this.key);
    const scenario = await calls.get('/__admin/scenario', this.key);
    return {
      enrichments: await calls.all('enrichments', this.key),
      movements: await calls.all('ledger', this.key, 'movements'),
      callbacks: callbacks.map(({ id, enrichment_id, state, body }) => ({ id, enrichment_id, state, body })),
      rules: scenario.rules,
      extra_rules: scenario.extra_rules,
    };
  }
}

// The arguments of Team.act().
function callOf({ op, username, type, ext, callback, by, add, name, times, id }) {
  switch (op) {
    case 'post': {
      const body = { linkedin_url: `https://www.linkedin.com/in/${username}?n=${ext}`, type, external_id: ext };
      return ['POST', POST_PATH, callback ? { ...body, callback_url: callback } : body];
    }
    case 'advance': return ['POST', '/__admin/clock/advance', { by: `${by}ms` }];
    case 'credits': return ['PUT', '/__admin/credits', { add }];
    case 'rule': {
      const rule = { name, match: { username: 'kay*' }, lookup: { outcome: 'failed', processing: '100ms' } };
      return ['POST', '/__admin/rules', { rule, times }];
    }
    default: return ['POST', `/__admin/enrichments/${id}/resolve`, { outcome: 'completed' }];
  }
}
