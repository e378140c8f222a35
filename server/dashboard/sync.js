// Keeps the store in sync with the server. Events mark parts as outdated, and outdated parts are loaded again, one round
// at a time. The pause between rounds grows with the duration of a round, so a burst causes only a few rounds per second.
import { at } from './format.js';

const TEAM_PARTS = ['clock', 'enrichments', 'callbacks', 'journal', 'ledger', 'scenario', 'advice'];
const NEWEST = { enrichments: 300, callbacks: 600, requests: 1000, ledger: 1000, everyone: 300 };
const SHORTEST_PAUSE = 60,
  AFTER_SILENCE = 1000; // milliseconds

// The parts that an event makes outdated.
const PARTS_OF_EVENT = {
  request: ['requests', 'enrichments', 'scenario', 'team', 'advice'],
  transition: ['enrichments', 'callbacks', 'ledger', 'clock', 'advice'],
  callback: ['callbacks', 'clock', 'advice'],
  schedule: ['ledger', 'clock'],
  control: [...TEAM_PARTS, 'teams'],
};

export class Sync {
  #api;
  #store;
  #dirty = new Set();
  #running = false;

  // Called when the selected team no longer exists.
  onGone = () => {};

  // Returns the parameters of the call that reads the advice.
  adviceQuery = () => ({});

  constructor(api, store) {
    this.#api = api;
    this.#store = store;
  }

  markAll() {
    this.mark('teams', ...TEAM_PARTS);
  }

  mark(...parts) {
    for (const part of parts) this.#dirty.add(part);
    if (!this.#running) this.#run();
  }

  onEvents(events) {
    const { chosen, teams } = this.#store.state;
    const known = new Set(teams.map(({ id }) => id));
    const parts = new Set();
    for (const { type, data } of events) {
      if (!chosen || (data.team && !known.has(data.team))) parts.add('teams');
      if (!chosen || !data.team || data.team === chosen) for (const part of PARTS_OF_EVENT[type] ?? []) parts.add(part);
    }
    if (parts.size) this.mark(...parts);
  }

  async #run() {
    this.#running = true;
    while (this.#dirty.size) {
      if (this.#dirty.has('journal')) this.#dirty.delete('requests'); // the whole journal is loaded anyway
      if (this.#dirty.has('teams')) this.#dirty.delete('team');
      const parts = [...this.#dirty];
      this.#dirty.clear();
      const begun = performance.now();
      const answered = await this.#round(parts);
      const pause = answered ? Math.max(SHORTEST_PAUSE, 2 * (performance.now() - begun)) : AFTER_SILENCE;
      await new Promise((resolve) => {
        setTimeout(resolve, pause);
      });
    }
    this.#running = false;
  }

  // Returns whether the server responded.
  async #round(parts) {
    const { chosen } = this.#store.state;
    try {
      const read = await Promise.all(parts.map((part) => this.#read(part, chosen)));
      if (this.#store.state.chosen === chosen) this.#store.set(Object.assign({}, ...read, { loaded: true }));
    } catch (error) {
      if (error.status === 404 && chosen) this.onGone();
      else if (error.status !== 0) this.#store.set({ notice: error.message });
      if (error.status !== 0) return true;
      // Without a stream, everything is loaded when the stream is back.
      if (this.#store.state.link === 'live') for (const part of parts) this.#dirty.add(part);
      return false;
    }
    return true;
  }

  async #read(part, team) {
    const call = (path, query) => this.#api.call({ path, team, query });
    if (part === 'teams') return { teams: (await this.#api.call({ path: 'teams' })).teams };
    if (!team) return this.#readForAll(part);
    switch (part) {
      case 'clock':
        return { clock: readClock(await call('clock')) };
      case 'enrichments':
        return { enrichments: (await call('enrichments', { last: NEWEST.enrichments })).enrichments.reverse() };
      case 'callbacks':
        return { callbacks: (await call('callbacks', { last: NEWEST.callbacks })).callbacks };
      case 'journal':
        return { requests: (await call('requests', { last: NEWEST.requests })).requests.reverse() };
      case 'requests':
        return { requests: await this.#newRequests(call) };
      case 'team':
        return { teams: this.#withTeam((await call('teams')).teams[0]) };
      case 'ledger':
        return { movements: (await call('ledger', { last: NEWEST.ledger })).movements };
      case 'advice':
        return this.#store.state.view === 'advice' ? { advice: await call('advice', this.adviceQuery()) } : {};
      default:
        return { scenario: await call('scenario') };
    }
  }

  // The known teams with one of them replaced.
  #withTeam(team) {
    return this.#store.state.teams.map((each) => (each.id === team.id ? team : each));
  }

  async #readForAll(part) {
    if (part !== 'requests' && part !== 'journal') return {};
    const { requests } = await this.#api.call({ path: 'requests', query: { last: NEWEST.everyone } });
    return { requests: requests.reverse() };
  }

  // The known requests and the new ones, latest first.
  async #newRequests(call) {
    const { requests: known } = this.#store.state;
    if (!known.length) return (await call('requests', { last: NEWEST.requests })).requests.reverse();
    const { requests } = await call('requests', { after: known[0].number, limit: 1000 });
    const fresh = requests.filter(({ number }) => number > (this.#store.state.requests[0]?.number ?? 0));
    return [...fresh.reverse(), ...this.#store.state.requests].slice(0, NEWEST.requests);
  }
}

export const readClock = ({ mode, scale, now }) => ({
  mode,
  scale: scale ?? 1,
  now: at(now),
  readAt: performance.now(),
});
