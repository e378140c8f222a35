// The journal: requests and responses, latest first, with the reason for every rejection.
import { el, kindOf, pill, replace, clientText } from './dom.js';
import { at, clockTime, plural, usernameOf } from './format.js';
import { WindowedList } from './list.js';

const RESPONSES = {
  'any response': () => true,
  accepted: ({ status }) => status < 400,
  rejected: ({ status }) => status >= 400,
  '4xx': ({ status }) => status >= 400 && status < 500,
  '5xx': ({ status }) => status >= 500,
  faulty: ({ fault }) => Boolean(fault),
};

const option = (name) => el('option', { value: name }, name);

export class Journal {
  #context;
  #text = el('input', {
    type: 'search',
    placeholder: 'path, _id or any text',
    'aria-label': 'Filter the journal',
    input: () => this.#context.refresh(),
  });
  #method = el(
    'select',
    { 'aria-label': 'Method', change: () => this.#context.refresh() },
    ['any method', 'POST', 'GET'].map(option),
  );
  #response = el(
    'select',
    { 'aria-label': 'Response', change: () => this.#context.refresh() },
    Object.keys(RESPONSES).map(option),
  );
  #count = el('p', { class: 'count' });
  #none = el('div');
  #list;

  constructor(context) {
    this.#context = context;
    this.#list = new WindowedList({
      label: 'Calls, latest first',
      key: ({ number }) => number,
      height: (entry) => (hasMore(entry) ? 62 : 40),
      sign: ({ number }) => `${number} ${this.selected === number}`,
      build: (entry) => this.#build(entry),
    });
    const clear = context.actions.button(
      'Clear',
      () => ({ method: 'DELETE', path: 'requests', team: context.store.state.chosen }),
      { kind: 'quiet' },
    );
    this.node = el(
      'section',
      { class: 'view journal' },
      el('div', { class: 'tools' }, this.#text, this.#method, this.#response, clear, this.#count),
      this.#none,
      this.#list.node,
    );
  }

  // Shows only calls that contain the text.
  find(text) {
    this.#text.value = text;
    this.#method.value = 'any method';
    this.#response.value = 'any response';
  }

  show(state) {
    this.selected = state.selected?.kind === 'request' ? state.selected.id : null;
    const text = this.#text.value.trim().toLowerCase(),
      method = this.#method.value,
      fitsResponse = RESPONSES[this.#response.value];
    const shown = state.requests.filter(
      (entry) =>
        (method === 'any method' || entry.method === method) &&
        fitsResponse(entry) &&
        (!text || textOf(entry).includes(text)),
    );
    this.#count.textContent =
      shown.length < state.requests.length
        ? `${shown.length} of ${plural(state.requests.length, 'call')}`
        : plural(shown.length, 'call');
    if (state.requests.length)
      replace(this.#none, shown.length ? [] : el('p', { class: 'empty' }, 'No call matches this filter.'));
    else replace(this.#none, state.loaded ? this.#context.empty('No call yet') : []);
    this.#list.show(shown);
  }

  #build(entry) {
    const { linkedin_url: url, external_id: externalId } = entry.body ?? {};
    const team = this.#context.store.state.chosen ? undefined : this.#context.teamName(entry.team);
    return el(
      'button',
      {
        type: 'button',
        class: `row entry ${kindOf(entry.status)}`,
        'data-row': true,
        'data-id': entry.number,
        'aria-current': this.selected === entry.number ? 'true' : null,
        click: () => this.#context.select('request', entry.number),
      },
      el(
        'span',
        { class: 'row-head' },
        el('span', { class: 'when' }, clockTime(at(entry.at ?? entry.time))),
        pill(String(entry.status), kindOf(entry.status)),
        el('span', { class: 'method' }, entry.method),
        clientText(entry.path + (entry.query ? `?${entry.query}` : ''), { class: 'client-text path' }),
        entry.fault && pill(entry.fault, 'bad'),
        team && clientText(team, { class: 'client-text code' }),
      ),
      hasMore(entry) &&
        el(
          'span',
          { class: 'row-more' },
          entry.reason && clientText(entry.reason, { class: 'client-text reason' }),
          url !== undefined && clientText(usernameOf(String(url)), { class: 'client-text name' }),
          externalId !== undefined && clientText(String(externalId), { class: 'client-text code' }),
          entry.rule &&
            clientText(
              entry.reason?.includes(entry.rule) ? `step ${entry.step + 1}` : `${entry.rule} · step ${entry.step + 1}`,
              { class: 'client-text rule' },
            ),
        ),
    );
  }
}

const hasMore = ({ reason, rule, body }) =>
  Boolean(reason || rule || body?.linkedin_url !== undefined || body?.external_id !== undefined);

// Computed once per entry: entries never change.
const texts = new WeakMap();
function textOf(entry) {
  if (!texts.has(entry))
    texts.set(
      entry,
      JSON.stringify([
        entry.path,
        entry.query,
        entry.body,
        entry.answer,
        entry.enrichment_id,
        entry.rule,
        entry.reason,
        entry.status,
      ]).toLowerCase(),
    );
  return texts.get(entry);
}
