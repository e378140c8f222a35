// The team of one API key: what a test does with the mock. `mock` is what calls need: see send() in http.cjs.
'use strict';
const { EventStream } = require('./events.cjs');
const { call, query } = require('./http.cjs');

// Waits end before the 5 seconds after which Jest and Vitest end a test, so that the report says what is missing.
const WAIT = '4s';
const PAGE = 1000;

class Team {
  #mock;

  constructor(mock, apiKey) {
    this.#mock = mock;
    this.apiKey = apiKey;
    this.url = mock.url;
  }

  // Any other control call, such as control('PUT', 'clock', { mode: 'running' }).
  async control(method, path, body) {
    return call(this.#mock, { method, path, apiKey: this.apiKey, body });
  }

  async advance(by, { timeout } = {}) {
    const step = by === 'next' ? { to_next: true } : { by };
    return this.control('POST', 'clock/advance', timeout === undefined ? step : { ...step, timeout });
  }

  async settle({ timeout = WAIT } = {}) {
    return this.control('POST', 'settle', { timeout });
  }

  async advice({ ignore, finished } = {}) {
    return this.control('GET', `advice${query({ ignore: ignore?.length ? ignore : undefined, finished })}`);
  }

  async verify(expect, { timeout } = {}) {
    if (expect === undefined) return this.control('GET', `verify${query({ timeout })}`);
    return this.control('POST', 'verify', { expect: [expect].flat(), timeout });
  }

  // The mock refuses parameters that a wait does not have.
  async waitFor({ enrichment, callbacks, requests, received, timeout = WAIT, ...rest }) {
    if (enrichment !== undefined) {
      const { status: wait, ...others } = rest;
      return this.control('GET', `enrichments/${encodeURIComponent(enrichment)}${query({ ...others, wait, timeout })}`);
    }
    if (callbacks !== undefined) {
      const { count = 1, ...filter } = rest;
      const wait = [callbacks].flat().map((state) => `${state}:${count}`);
      await this.control('GET', `callbacks${query({ ...filter, wait, timeout })}`);
      return this.callbacks(filter);
    }
    if (requests !== undefined) {
      await this.control('GET', `requests${query({ ...rest, wait: requests, timeout })}`);
      return this.requests(rest);
    }
    if (received !== undefined) {
      const { count: wait = 1, ...others } = rest;
      await this.control('GET', `sink/${encodeURIComponent(received)}${query({ ...others, wait, timeout })}`);
      return this.received(received);
    }
    throw new TypeError('waitFor: expected one of enrichment, callbacks, requests, received');
  }

  async addRule(rule, { times } = {}) {
    return this.control('POST', 'rules', { rule, times });
  }

  async seed(enrichment) {
    return this.control('POST', 'enrichments', enrichment);
  }

  async resolve(id, outcome) {
    return this.control('POST', `enrichments/${encodeURIComponent(id)}/resolve`,
                        typeof outcome === 'string' ? { outcome } : outcome);
  }

  async redeliver(callbackId) {
    return this.control('POST', `callbacks/${encodeURIComponent(callbackId)}/redeliver`);
  }

  async credits() {
    return (await this.control('GET', 'credits')).balance;
  }

  async setCredits(change) {
    return (await this.control('PUT', 'credits', typeof change === 'number' ? { balance: change } : change)).balance;
  }

  async requests(filter = {}) {
    return this.#all('requests', 'requests', filter);
  }

  async enrichments(filter = {}) {
    return this.#all('enrichments', 'enrichments', filter);
  }

  async callbacks(filter = {}) {
    return this.#all('callbacks', 'callbacks', filter);
  }

  async ledger() {
    return this.#all('ledger', 'movements', {});
  }

  // The URL of a receiver of callbacks inside the mock, and what it has received for this team.
  sinkUrl(name) {
    return `${this.url}/__admin/sink/${encodeURIComponent(name)}`;
  }

  async received(name) {
    return this.#all(`sink/${encodeURIComponent(name)}`, 'received', {});
  }

  async snapshot() {
    return this.control('GET', 'snapshot');
  }

  async restore(snapshot, { team } = {}) {
    const query = team === undefined ? '' : `?team=${encodeURIComponent(team)}`;
    return (await this.control('PUT', `snapshot${query}`, snapshot)).restored;
  }

  async reset() {
    await this.control('POST', 'reset');
  }

  events(options) {
    return new EventStream(this.#mock, this.apiKey, options);
  }

  async #all(path, key, filter) {
    const all = [];
    for (let after; after !== null;) {
      const page = await this.control('GET', `${path}${query({ ...filter, limit: PAGE, after })}`);
      all.push(...page[key]);
      after = page.next;
    }
    return all;
  }
}

module.exports = { Team };
