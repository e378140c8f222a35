// The teams of the kill campaign: what their clients do, and how a team is looked at.
import { POST_PATH, Cut, now } from './support.mjs';
import { Told, nameOf, problem } from './told.mjs';

const WINDOW = 20; // the latest enrichments, which are polled

// A team, and the clients that call it. `campaign` has: random, receiver, problems, ids.
export class Team {
  settles = true;  // after each round, otherwise only at the end
  #numbers = 0;

  constructor(campaign, key, options = {}) {
    this.campaign = campaign;
    this.random = campaign.random;
    this.key = key;
    this.told = new Told({ key, ids: campaign.ids, ...options });
  }

  report(problems) {
    this.campaign.problems.push(...problems);
  }

  next() {
    return (this.#numbers += 1);
  }

  // One call. Its fact becomes sure if the answer is not 503: those may have had an effect.
  async act(calls, method, path, body, fact = {}, wanted = [200, 201]) {
    fact.sent = now();
    fact.sure = false;
    try {
      const answer = await calls.make(method, path, { key: this.key, body });
      calls.answered(answer);
      if (answer.status === 503 || (answer.status === 409 && answer.body.message.includes('stopping'))) return undefined;
      fact.sure = true;
      if (!wanted.includes(answer.status))
        this.report([problem('refused', `${this.key}: ${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)]);
      return answer;
    } finally {
      fact.ended = now();
    }
  }

  // What a worker does next; see run().
  workers() {
    return [];
  }

  // Runs all workers until the connections to the mock are cut or `calls.stopped`.
  run(calls) {
    return this.workers().map(async (step) => {
      while (!calls.stopped) {
        try {
          await step(calls);
        } catch (error) {
          if (!(error instanceof Cut)) throw error;
          // A reset cuts what is running; a killed mock accepts no call.
          if (calls.isDown()) return;
        }
      }
    });
  }

  async post(calls, { usernames = ['jane', 'john', 'busy', 'twice', 'early'], callbacks = true } = {}) {
    const { random, told } = this, n = this.next(), username = `${random.pick(usernames)}-${random.below(40)}`;
    const way = random.pick(['ok', 'ok', 'flaky', 'slow']);
    const request = {
      linkedin_url: `https://www.linkedin.com/in/${username}?n=e${n}`,
      type: random.pick(['work', 'personal']),
      external_id: `e${n}`,
      ...(callbacks && random.chance(70) && { callback_url: `${this.campaign.receiver.url}/${way}/${this.key}/${n}` }),
    };
    const post = { request, shows: [], ended: Infinity };
    told.posts.set(nameOf(request), post);
    const answer = await this.act(calls, 'POST', POST_PATH, request, post, [201, 429]);
    if (answer?.status === 201) {
      this.report(told.giveId(post, answer.body._id));
      told.show(post, answer.body, answer.ended);
    } else if (answer) {
      told.posts.delete(nameOf(request));
    }
    return answer;
  }

  // A callback has arrived: that tells as much as a poll.
  calledBack(body, at) {
    const post = this.told.posts.get(nameOf(body));
    if (!post) return this.report([problem('enrichment-unknown', `${this.key}: a callback for ${JSON.stringify(body)}`)]);
    this.report(this.told.giveId(post, body.request_id));
    this.told.show(post, { ...body, _id: body.request_id }, at);
    if (post.sure) return;
    post.sure = true;
    post.ended = Math.min(post.ended, at);
  }

  async poll(calls) {
    const recent = [...this.told.posts.values()].slice(-WINDOW).filter(({ id }) => id);
    if (recent.length === 0) return this.act(calls, 'GET', '/v1/api/enrichment/credits');
    const post = this.random.pick(recent);
    const answer = await this.act(calls, 'GET', `${POST_PATH}/${post.id}`, undefined, {}, [200, 404]);
    if (answer?.status === 200) this.told.show(post, answer.body, answer.ended);
  }

  async listCallbacks(calls) {
    const answer = await this.act(calls, 'GET', '/__admin/callbacks?last=40');
    const received = this.campaign.receiver.counts(this.key);
    for (const entry of answer?.body.callbacks ?? []) this.told.seeCallback(entry, answer.ended, received);
  }

  async readLedger(calls) {
    const answer = await this.act(calls, 'GET', '/__admin/ledger?limit=1000');
    if (answer) this.told.seeLedger(answer.body.movements, answer.ended);
  }

  // Only for one client of the team, which may change the clock, too: what it was told must be in order.
  async readClock(calls) {
    const answer = await this.act(calls, 'GET', '/__admin/clock');
    if (answer) this.told.clocks.push({ ...answer.body, sent: answer.sent, ended: answer.ended, sure: true });
  }

  async addCredits(calls) {
    const add = 1000 + this.next(), fact = { ended: Infinity };
    this.told.adjustments.set(add, fact);
    await this.act(calls, 'PUT', '/__admin/credits', { add }, fact);
  }

  // Everything that can be seen of the team.
  async look(calls, { polls = [] } = {}) {
    const { key } = this, began = now(), received = this.campaign.receiver.counts(key);
    const polled = new Map();
    for (const post of polls)
      polled.set(nameOf(post.request), await calls.make('GET', `${POST_PATH}/${post.id}`, { key }));
    const callbacks = await calls.all('callbacks', key);
    const receivedLater = this.campaign.receiver.counts(key);
    const enrichments = await calls.all('enrichments', key);
    const ledger = await calls.all('ledger', key, 'movements');
    const { balance } = await calls.get('/__admin/credits', key);
    const clockSent = now(), clock = await calls.get('/__admin/clock', key), clockEnded = now();
    const scenario = await calls.get('/__admin/scenario', key);
    return {
      began, polls: polled, callbacks, enrichments, ledger, balance, clock, clockSent, clockEnded, scenario, received,
      receivedLater, ended: now(),
    };
  }

  // How many facts check() compares.
  facts() {
    return this.told.facts();
  }

  async settle(calls) {
    await calls.expect('POST', '/__admin/settle', { key: this.key, body: { timeout: '50s' } });
    this.told.clocks = [];
  }

  // Compares the team with what was told, when no client calls it. Returns the problems.
  async check(calls, { settled = false, polls = [] } = {}) {
    const seen = await this.look(calls, { polls });
    const problems = this.told.check(seen, { settled });
    this.told.learn(seen);
    return problems;
  }
}

// On a running clock: three clients that request and poll, one that lists, one that listens, and one that waits.
class BusyTeam extends Team {
  workers() {
    const client = (calls) => (this.random.chance(60) ? this.post(calls) : this.poll(calls));
    const observer = async (calls) => {
      await this.listCallbacks(calls);
      await this.random.pick([() => this.readLedger(calls), () => this.readClock(calls), () => this.redeliver(calls)])();
      await this.poll(calls);
    };
    return [client, client, client, observer, (calls) => this.#listen(calls), (calls) => this.#wait(calls)];
  }

  async #listen(calls) {
    await calls.listen(this.key, (event) => {
      if (['transition', 'callback'].includes(event.kind)) this.told.events.push({ event, ended: now() });
    });
    if (calls.isDown()) throw new Cut('the events');
  }

  async #wait(calls) {
    const open = [...this.told.posts.values()].slice(-WINDOW).filter(({ id, shows }) => id && shows.at(-1)?.body.status === 'pending');
    if (open.length === 0) return this.poll(calls);
    const post = this.random.pick(open);
    const answer = await this.act(calls, 'GET', `/__admin/enrichments/${post.id}?wait=completed,not-found,failed&timeout=50s`);
    if (answer) this.told.show(post, answer.body, answer.ended);
  }

  async redeliver(calls) {
    const ended = [...this.told.callbacks.entries()].slice(-WINDOW).filter(([, { entry }]) => entry.state === 'delivered');
    if (ended.length === 0) return;
    const [id] = this.random.pick(ended);
    this.told.redelivered.add(id);
    await this.act(calls, 'POST', `/__admin/callbacks/${id}/redeliver`, undefined, {}, [200, 409]);
  }
}

// Two clients that request and poll, while another one resets the team.
class ResetTeam extends Team {
  workers() {
    const client = (calls) => (this.random.chance(70) ? this.post(calls) : this.poll(calls));
    const resetter = async (calls) => {
      for (let i = this.random.between(3, 12); i > 0; i -= 1) await this.readClock(calls);
      await this.addCredits(calls);
      const reset = { done: undefined, ended: Infinity };
      this.told.resets.push(reset);
      const answer = await this.act(calls, 'POST', '/__admin/reset', undefined, reset);
      if (answer) reset.done = true;
    };
    return [client, client, resetter];
  }
}

// A client that requests, and one that changes everything that control calls can change.
class SteeredTeam extends Team {
  workers() {
    const client = (calls) => (this.random.chance(70) ? this.post(calls) : this.poll(calls));
    return [client, (calls) => this.#steer(calls)];
  }

  async #steer(calls) {
    const { random, told } = this, chosen = random.below(100);
    if (chosen < 25) return this.addCredits(calls);
    if (chosen < 50) return this.#addRule(calls);
    if (chosen < 55) return this.#deleteRules(calls);
    if (chosen < 65) return this.#putScenario(calls);
    if (chosen < 85) return this.#putClock(calls);
    if (chosen < 90) return this.readLedger(calls);
    if (chosen < 95) return this.#create(calls);
    const last = told.clocks.at(-1);
    if (!last?.sure || last.mode !== 'manual') return this.readClock(calls);
    const fact = { mode: 'manual', ended: Infinity };
    const answer = await this.act(calls, 'POST', '/__admin/clock/advance', { by: '10ms' }, this.#changedClock(fact));
    if (answer) fact.now = answer.body.now;
  }

  #changedClock(fact) {
    this.told.clocks.push(fact);
    return fact;
  }

  async #putClock(calls) {
    const mode = this.random.pick(['manual', 'running']), scale = this.random.pick([1, 2, 5]);
    const fact = this.#changedClock({ mode, scale, ended: Infinity });
    const answer = await this.act(calls, 'PUT', '/__admin/clock', mode === 'manual' ? { mode } : { mode, scale }, fact);
    if (answer) Object.assign(fact, answer.body);
  }

  async #addRule(calls) {
    const number = this.next(), name = `never-${number}`, times = this.random.between(1, 9);
    const fact = { number, times, ended: Infinity };
    this.told.rules.set(name, fact);
    const rule = { name, match: { username: name }, response: { status: 418 } };
    await this.act(calls, 'POST', '/__admin/rules', { rule, times }, fact);
  }

  async #deleteRules(calls) {
    const deletion = { done: undefined, ended: Infinity };
    this.told.deletions.push(deletion);
    if (await this.act(calls, 'DELETE', '/__admin/rules', undefined, deletion)) deletion.done = true;
  }

  async #putScenario(calls) {
    const text = this.campaign.scenario('kill-load').replace('"name": "kill-load"', `"name": "kill-load", "description": "${this.next()}"`);
    const fact = { text, ended: Infinity };
    this.told.scenarios.push(fact);
    await this.act(calls, 'PUT', '/__admin/scenario', text, fact);
  }

  async #create(calls) {
    const request = { linkedin_url: `https://www.linkedin.com/in/made?n=e${this.next()}`, type: 'work' };
    const post = { request, shows: [], ended: Infinity };
    this.told.posts.set(nameOf(request), post);
    const status = this.random.pick(['pending', 'completed', 'not-found']);
    const answer = await this.act(calls, 'POST', '/__admin/enrichments', { ...request, status }, post);
    if (!answer) return;
    this.report(this.told.giveId(post, answer.body._id));
    this.told.show(post, answer.body, answer.ended);
  }
}

// One client on a manual clock, which it moves.
class ManualTeam extends Team {
  settles = false;

  workers() {
    return [async (calls) => {
      for (let i = this.random.between(1, 6); i > 0; i -= 1) await this.post(calls);
      const fact = { mode: 'manual', ended: Infinity };
      this.told.clocks.push(fact);
      const answer = await this.act(calls, 'POST', '/__admin/clock/advance', { by: `${this.random.between(1, 3000)}ms` }, fact);
      if (answer) fact.now = answer.body.now;
      await this.poll(calls);
      await this.listCallbacks(calls);
    }];
  }
}

// One client whose polls resolve its lookups.
class PolledTeam extends Team {
  settles = false;

  workers() {
    return [(calls) => (this.random.chance(30) ? this.post(calls, { callbacks: false }) : this.poll(calls))];
  }
}

export const newTeams = (campaign, number) => [
  new BusyTeam(campaign, `kill-load.busy-${number}`),
  new BusyTeam(campaign, `kill-load.busy-too-${number}`),
  new ResetTeam(campaign, `kill-load.reset-${number}`),
  new SteeredTeam(campaign, `kill-load.steered-${number}`),
  new ManualTeam(campaign, `kill-manual.${number}`),
  new PolledTeam(campaign, `kill-polled.${number}`),
];
