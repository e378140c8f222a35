// What the clients of one team were told, and what must therefore be there later.
//
// Every call is a fact { sent, ended, sure }: when it began, when it was answered or its connection ended, and whether it
// was answered. An answer is something told: it is sure. Without an answer nobody knows whether the call had an effect,
// until the next look at the team.
const RANK = { pending: 0, processing: 1, completed: 2, 'not-found': 2, failed: 2 };
const equal = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const fieldsOf = (attempt) => ({ ...attempt, request: undefined, response: undefined });  // those two are in the journal
// Each enrichment is requested for a URL of its own, such as https://www.linkedin.com/in/jane-1?n=e17, because open lookups are
// shown without their external_id.
export const nameOf = ({ linkedin_url: url }) => new URL(url).searchParams.get('n');
const isPrefix = (told, seen) => told.every((one, i) => equal(one, seen[i]));

export class Told {
  posts = new Map();        // by name, see nameOf(): { sent, ended, sure, id, request, shows }
  adjustments = new Map();  // by amount; each amount occurs once
  rules = new Map();        // extra rules by name
  deletions = [];           // of all extra rules, as resets
  scenarios = [];           // those that were put, in order
  clocks = [];              // what the clock showed, and changes without an answer
  ledgers = [];             // each movement once, in order, with the time when it was first shown
  callbacks = new Map();    // by id, as they were shown last: { ended, entry, received }
  events = [];              // transitions and attempts of callbacks: { event, ended }
  redelivered = new Set();  // ids of callbacks
  resets = [];              // { sent, ended, done }: done is true, false, or undefined if nobody knows
  ids = new Set();          // all that the team has ever shown

  constructor({ key, seeded = false, clockIsSteered = false, ids = new Set() }) {
    this.key = key;
    this.seeded = seeded;
    this.clockIsSteered = clockIsSteered;
    this.allIds = ids;  // of all teams without a seed
  }

  // Whether a fact must be there ('must'), must not be there ('gone'), or may be there. `ends`: what removes it.
  static fate(fact, ends, asOf = Infinity) {
    if (ends.some(({ done, sent }) => done && fact.ended < sent)) return 'gone';
    if (!fact.sure || fact.ended > asOf) return 'may';
    return ends.every(({ done, ended }) => done === false || (done && fact.sent > ended)) ? 'must' : 'may';
  }

  // An id that a 201 or a callback has told. Returns the problems.
  giveId(post, id) {
    if (post.id === id) return [];
    if (post.id) return [problem('id-changed', `${this.key}: ${nameOf(post.request)} is ${post.id}, then ${id}`)];
    post.id = id;
    // With a seed, a reset starts the same ids again.
    const ids = this.seeded ? this.ids : this.allIds;
    const twice = ids.has(id);
    ids.add(id);
    return twice ? [problem('id-twice', `${this.key}: ${id} of ${nameOf(post.request)} was given before`)] : [];
  }

  // A poll, a list or a callback showed the enrichment like this.
  show(post, body, ended) {
    const last = post.shows.at(-1);
    if (!last || RANK[body.status] > RANK[last.body.status]) post.shows.push({ body, ended });
  }

  facts() {
    return this.posts.size + this.adjustments.size + this.rules.size + this.scenarios.length + this.clocks.length
      + this.ledgers.length + this.callbacks.size + this.events.length + this.resets.length;
  }

  // Compares what was told with what is there now. `seen`: see look() in teams.mjs. Returns the problems.
  // `asOf`: only what was told before this time must be there: for a copy of the file.
  // `settled`: nothing more happens by itself.
  check(seen, { asOf = Infinity, settled = false } = {}) {
    const resets = this.#resolve(seen, asOf);
    return [
      ...this.#checkEnrichments(seen, resets, asOf),
      ...this.#checkLedger(seen, resets, asOf, settled),
      ...this.#checkRules(seen, resets, asOf),
      ...this.#checkScenario(seen, resets, asOf),
      ...this.#checkClock(seen, asOf),
      ...this.#checkCallbacks(seen, resets, asOf, settled),
      ...this.#checkEvents(seen, asOf),
    ].map(({ kind, text }) => problem(kind, `${this.key}: ${text}`));
  }

  // Forgets what was unsure, after check(): what is there is now told, the rest must not turn up later.
  learn(seen) {
    const there = new Map(seen.enrichments.map((one) => [nameOf(one), one]));
    this.#keep(this.posts, (ext) => there.has(ext));
    for (const [ext, post] of this.posts) {
      this.show(post, there.get(ext), seen.ended);
    }
    const amounts = new Set(seen.ledger.map(({ amount }) => amount));
    this.#keep(this.adjustments, (amount) => amounts.has(amount));
    const names = new Set(seen.scenario.extra_rules.map(({ name }) => name));
    this.#keep(this.rules, (name) => names.has(name));
    this.deletions = [];
    this.events = [];
    this.resets = [];
    this.scenarios = this.scenarios.filter(({ text }) => text === seen.scenario.text).map((one) => ({ ...one, sure: true }));
    this.clocks = [{ ...seen.clock, sent: seen.clockSent, ended: seen.clockEnded, sure: true }];
    this.seeLedger(seen.ledger, seen.ended, true);
    for (const entry of seen.callbacks) this.seeCallback(entry, seen.ended, seen.receivedLater);
    const ids = new Set(seen.callbacks.map(({ id }) => id));
    for (const id of this.callbacks.keys()) if (!ids.has(id)) this.callbacks.delete(id);
  }

  seeLedger(movements, ended, all = false) {
    if (all) this.ledgers.length = 0;
    for (let i = this.ledgers.length; i < movements.length; i += 1) this.ledgers.push({ movement: movements[i], ended });
  }

  seeCallback(entry, ended, received) {
    const attempts = entry.attempts.map(fieldsOf), path = new URL(entry.url).pathname;
    this.callbacks.set(entry.id, { entry: { ...entry, attempts }, ended, received: received(path) });
  }

  #keep(facts, isThere) {
    for (const [name, fact] of facts) {
      if (isThere(name)) fact.sure = true;
      else facts.delete(name);
    }
  }

  // The resets. Those without an answer are decided if possible: one that was done has removed everything.
  #resolve(seen, asOf) {
    const there = new Set(seen.enrichments.map((one) => nameOf(one)));
    const amounts = new Set(seen.ledger.map(({ amount }) => amount));
    const known = [];
    for (const reset of this.resets) {
      if (reset.done !== undefined && reset.ended < asOf) {
        known.push(reset);
        continue;
      }
      const before = (facts, set) => [...facts].filter(([, fact]) => fact.sure && fact.ended < reset.sent && fact.ended < asOf
        && Told.fate(fact, known, asOf) === 'must').map(([name]) => set.has(name));
      const evidence = [...before(this.posts, there), ...before(this.adjustments, amounts)];
      // A fact that is there says that the reset was not done; then the others are missed by the checks.
      known.push({ ...reset, done: evidence.length > 0 ? !evidence.includes(true) : undefined });
    }
    return known;
  }

  *#checkEnrichments(seen, resets, asOf) {
    const there = new Map();
    const shownBefore = Math.min(asOf, seen.began);  // callbacks that arrive during the look may show more
    for (const one of seen.enrichments) {
      if (there.has(nameOf(one))) yield problem('enrichment-twice', `${nameOf(one)} is ${one._id}, too`);
      there.set(nameOf(one), one);
      const post = this.posts.get(nameOf(one));
      if (!post) yield problem('enrichment-unknown', `${one._id} ${nameOf(one)} was never requested, or was gone`);
      else if (asOf === Infinity) yield* this.giveId(post, one._id);
    }
    for (const [ext, post] of this.posts) {
      const fate = Told.fate(post, resets, asOf), one = there.get(ext);
      if (fate === 'must' && !one) yield problem('enrichment-lost', `${ext} ${post.id}`);
      if (fate === 'gone' && one) yield problem('reset-undone', `${ext} ${post.id} is from before a reset`);
      if (!one || fate === 'gone') continue;
      if (post.id && one._id !== post.id) yield problem('id-changed', `${ext} was ${post.id} and is ${one._id}`);
      if (one.linkedin_url !== post.request.linkedin_url)
        yield problem('enrichment-changed', `${ext}: ${one.linkedin_url} instead of ${post.request.linkedin_url}`);
      yield* this.#checkShown(ext, post, one, shownBefore);
      const poll = seen.polls.get(ext);
      if (poll) yield* this.#checkPoll(ext, post, poll, fate, shownBefore);
    }
  }

  *#checkShown(ext, post, one, before) {
    const shown = post.shows.filter(({ ended }) => ended < before).at(-1)?.body;
    if (!shown) return;
    if (RANK[one.status] < RANK[shown.status])
      yield problem('status-back', `${ext} was ${shown.status} and is ${one.status}`);
    else if (RANK[shown.status] === 2) {
      const fields = ['status', 'enrichment_type', 'email', 'linkedin_url', 'external_id'];
      const [was, is] = [shown, one].map((from) => JSON.stringify(fields.map((name) => from[name] ?? null)));
      if (was !== is) yield problem('enrichment-changed', `${ext} was ${was} and is ${is}`);
    }
  }

  *#checkPoll(ext, post, { status, body }, fate, before) {
    if (status === 404 && fate === 'must') yield problem('enrichment-lost', `a poll of ${ext} ${post.id} is answered 404`);
    if (status === 200 && body._id !== (post.id ?? body._id))
      yield problem('id-changed', `a poll of ${ext} ${post.id} shows ${body._id}`);
    if (status === 200) yield* this.#checkShown(ext, post, body, before);
    if (status !== 200 && status !== 404) yield problem('refused', `a poll of ${ext} is answered ${status}`);
  }

  *#checkLedger(seen, resets, asOf, settled) {
    const { ledger, enrichments } = seen;
    let balance = 0;
    for (const movement of ledger) {
      balance += movement.amount;
      if (movement.balance !== balance)
        return yield problem('ledger-sum', `${JSON.stringify(movement)}: the movements up to this add up to ${balance}`);
    }
    if (settled && seen.balance !== balance) yield problem('ledger-sum', `the balance is ${seen.balance} and the sum ${balance}`);
    const charges = new Map();
    for (const { kind, enrichment_id: id } of ledger) if (kind === 'charge') charges.set(id, (charges.get(id) ?? 0) + 1);
    const completed = new Set(enrichments.filter(({ status, charged }) => status === 'completed' && charged).map(({ _id }) => _id));
    for (const id of completed) if (!charges.has(id)) yield problem('charges', `${id} is completed and was not charged`);
    for (const [id, count] of charges) {
      if (count > 1) yield problem('charges', `${id} was charged ${count} times`);
      if (settled && !completed.has(id)) yield problem('charges', `${id} was charged and is not completed`);
    }
    for (const [amount, fact] of this.adjustments) {
      const count = ledger.filter((movement) => movement.amount === amount).length;
      const fate = Told.fate(fact, resets, asOf);
      if (fate === 'must' && count === 0) yield problem('movement-lost', `the movement ${amount}`);
      if (fate === 'gone' && count > 0) yield problem('reset-undone', `the movement ${amount} is from before a reset`);
      if (count > 1) yield problem('movement-twice', `the movement ${amount}`);
    }
    if (resets.some(({ done }) => done !== false)) return;
    const told = this.ledgers.filter(({ ended }) => ended < asOf);
    const changed = told.findIndex(({ movement }, i) => !equal(movement, ledger[i]));
    if (changed >= 0)
      yield problem('movement-lost', `${JSON.stringify(told[changed].movement)} is now ${JSON.stringify(ledger[changed])}`);
  }

  *#checkRules(seen, resets, asOf) {
    const there = new Map(seen.scenario.extra_rules.map((rule) => [rule.name, rule]));
    const ends = [...resets, ...this.deletions.map((one) => (one.ended > asOf ? { ...one, done: undefined } : one))];
    for (const [name, fact] of this.rules) {
      const fate = Told.fate(fact, ends, asOf), rule = there.get(name);
      if (fate === 'must' && !rule) yield problem('rule-lost', `the rule ${name}`);
      if (fate === 'gone' && rule) yield problem('rule-back', `the rule ${name} was removed`);
      if (rule && rule.left !== fact.times) yield problem('rule-changed', `the rule ${name} is left ${rule.left} times of ${fact.times}`);
    }
    const numbers = [...there.keys()].map((name) => this.rules.get(name)?.number ?? 0);
    if (numbers.some((number, i) => i > 0 && number > numbers[i - 1])) yield problem('rule-changed', `the order of ${[...there.keys()]}`);
  }

  *#checkScenario(seen, resets, asOf) {
    if (resets.length > 0 || this.scenarios.length === 0) return;
    const last = this.scenarios.findLastIndex(({ sure, ended }) => sure && ended < asOf);
    const possible = this.scenarios.slice(Math.max(last, 0));
    if (last < 0 || possible.some(({ text }) => text === seen.scenario.text)) return;
    yield problem('scenario-lost', `the scenario is not the one that was put last, but "${seen.scenario.text.slice(0, 200)}"`);
  }

  *#checkClock(seen, asOf) {
    const last = this.clocks.findLastIndex(({ sure, ended }) => sure && ended < asOf);
    if (last < 0 || this.resets.length > 0) return;
    const told = this.clocks[last], later = this.clocks.slice(last + 1);
    const is = seen.clock, passed = Date.parse(is.now) - Date.parse(told.now);
    if (![told, ...later].some(({ mode }) => mode === is.mode)) yield problem('clock-mode', `it was ${told.mode} and is ${is.mode}`);
    if (passed < 0) yield problem('clock-back', `it was ${told.now} and is ${is.now}`);
    if (later.length > 0 || told.mode !== is.mode) return;
    if (is.mode === 'manual') {
      if (passed > 0) yield problem('clock-moved', `a manual clock was ${told.now} and is ${is.now}`);
      return;
    }
    // A second for what the system does to wall time meanwhile.
    const scale = told.scale ?? 1, slack = 1000 * scale;
    const least = (seen.clockSent - told.ended) * scale - slack, most = (seen.clockEnded - told.sent) * scale + slack;
    if (passed < least || passed > most) yield problem('clock-rate', `${passed} ms have passed, not ${least} to ${most}`);
  }

  *#checkCallbacks(seen, resets, asOf, settled) {
    const byEnrichment = new Map(), there = new Map();
    for (const entry of seen.callbacks) {
      there.set(entry.id, entry);
      byEnrichment.set(entry.enrichment_id, [...(byEnrichment.get(entry.enrichment_id) ?? []), entry]);
      for (const { error } of entry.attempts)
        if (error !== null && error !== 'interrupted') yield problem('attempt-error', `${entry.id}: ${error}`);
    }
    for (const [id, { entry, ended, received }] of this.callbacks) {
      const post = this.posts.get(nameOf(entry.body));
      if (!post || ended > asOf || Told.fate(post, resets, asOf) !== 'must') continue;
      const is = there.get(id);
      if (!is) {
        yield problem('callback-lost', `the callback ${id}`);
        continue;
      }
      if (!isPrefix(entry.attempts, is.attempts.map(fieldsOf)))
        yield problem('attempt-changed', `${id}: ${JSON.stringify(entry.attempts)} became ${JSON.stringify(is.attempts.map(fieldsOf))}`);
      const hasEnded = ['delivered', 'exhausted', 'dropped'].includes(entry.state);
      if (!hasEnded || this.redelivered.has(id)) continue;
      if (is.state !== entry.state) yield problem('attempt-changed', `${id} was ${entry.state} and is ${is.state}`);
      if (byEnrichment.get(entry.enrichment_id).length > 1) continue;
      const again = seen.receivedLater(new URL(entry.url).pathname) - received;
      if (again > 0) yield problem('callback-again', `${id} was ${entry.state}, and was received ${again} times more`);
    }
    if (asOf !== Infinity) return;
    for (const one of seen.enrichments) {
      const entries = byEnrichment.get(one._id) ?? [], url = this.posts.get(nameOf(one))?.request.callback_url;
      if (!url) continue;
      const path = new URL(url).pathname;
      const attempts = entries.reduce((sum, { attempts, state }) => sum + attempts.length + (state === 'delivering' ? 1 : 0), 0);
      const received = seen.received(path);
      if (received > attempts) yield problem('attempt-unrecorded', `${one._id}: ${attempts} attempts, received ${received} times`);
      if (!settled || !['completed', 'not-found'].includes(one.status)) continue;
      if (received === 0) yield problem('callback-missing', `${one._id} is ${one.status}, and its callback was never received`);
      for (const { id, state } of entries) if (state !== 'delivered') yield problem('callback-missing', `${id} is ${state}`);
      if (entries.length === 0) yield problem('callback-lost', `${one._id} is ${one.status} without a callback`);
    }
  }

  // Only of teams that are not reset.
  *#checkEvents(seen, asOf) {
    const enrichments = new Map(seen.enrichments.map((one) => [one._id, one]));
    const callbacks = new Map(seen.callbacks.map((one) => [one.id, one]));
    for (const { event, ended } of this.events) {
      if (ended > Math.min(asOf, seen.began)) continue;
      const one = enrichments.get(event.enrichment_id);
      if (!one) yield problem('enrichment-lost', `${event.enrichment_id} of an event`);
      else if (event.kind === 'transition' && RANK[one.status] < RANK[event.status])
        yield problem('status-back', `${one._id} became ${event.status} in an event, and is ${one.status}`);
      if (event.kind !== 'callback') continue;
      const attempt = callbacks.get(event.callback_id)?.attempts[event.attempt - 1];
      if (attempt?.status !== event.status)
        yield problem('attempt-changed', `${JSON.stringify(event)} is ${JSON.stringify(attempt)}`);
    }
  }
}

export const problem = (kind, text) => ({ kind, text });
