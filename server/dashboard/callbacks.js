// The view of callbacks with their attempts, latest first, and a button to deliver one again.
import { el, kindOf, pill, replace, clientText } from './dom.js';
import { at, clockTime, duration, plural, usernameOf } from './format.js';
import { resultOf, succeeded } from './lane.js';
import { WindowedList } from './list.js';

const STATES = ['any state', 'scheduled', 'delivering', 'retrying', 'delivered', 'exhausted', 'dropped'];

// A list of attempts with their results and the gaps between them. `more(attempt, index)` adds to an attempt.
export function attemptsOf({ attempts }, more = () => null) {
  if (!attempts.length) return el('p', { class: 'hint' }, 'No attempt yet.');
  return el(
    'ol',
    { class: 'attempts' },
    attempts.map((attempt, i) =>
      el(
        'li',
        {},
        el('code', {}, clockTime(at(attempt.at))),
        pill(resultOf(attempt), succeeded(attempt) ? 'good' : 'bad'),
        i > 0 && el('span', { class: 'hint' }, `${duration(at(attempt.at) - at(attempts[i - 1].ended))} later`),
        attempt.latency_ms > 0 && el('span', { class: 'hint' }, `took ${duration(attempt.latency_ms)}`),
        attempt.error && clientText(attempt.error, { class: 'client-text hint' }),
        more(attempt, i),
      ),
    ),
  );
}

export function redeliverButton({ actions, store }, callback) {
  return actions.button(
    'Redeliver',
    () => ({ method: 'POST', path: `callbacks/${callback.id}/redeliver`, team: store.state.chosen }),
    { 'data-keep': `redeliver ${callback.id}`, disabled: callback.state === 'delivering' },
  );
}

export class Callbacks {
  #context;
  #count = el('p', { class: 'count' });
  #none = el('div');
  #state = el(
    'select',
    { 'aria-label': 'State', change: () => this.#context.refresh() },
    STATES.map((name) => el('option', { value: name }, name)),
  );
  #list;
  #enrichments = new Map();

  constructor(context) {
    this.#context = context;
    this.#list = new WindowedList({
      label: 'Callbacks, latest first',
      key: ({ id }) => id,
      height: ({ attempts }) => 86 + 26 * Math.max(1, attempts.length),
      sign: ({ state, attempts, due, enrichment_id: id }) =>
        [state, attempts.length, due, this.#enrichments.has(id)].join(),
      build: (callback) => this.#build(callback),
    });
    this.node = el(
      'section',
      { class: 'view callbacks' },
      el('div', { class: 'tools' }, this.#state, this.#count),
      this.#none,
      this.#list.node,
    );
  }

  show(state) {
    this.#enrichments = new Map(state.enrichments.map((each) => [each._id, each]));
    const wanted = this.#state.value;
    const all = [...state.callbacks].reverse();
    const shown = all.filter((each) => wanted === STATES[0] || each.state === wanted);
    this.#count.textContent =
      shown.length < all.length
        ? `${shown.length} of ${plural(all.length, 'callback')}`
        : plural(all.length, 'callback');
    if (shown.length || !state.loaded) replace(this.#none);
    else
      replace(
        this.#none,
        all.length
          ? el('p', { class: 'empty' }, 'No callback is in this state.')
          : el(
              'div',
              { class: 'empty' },
              el('h2', {}, 'No callback yet'),
              el(
                'p',
                {},
                'A callback is sent when a lookup resolves, if its request has a ',
                el('code', {}, 'callback_url'),
                '.',
              ),
            ),
      );
    this.#list.show(shown);
  }

  #build(callback) {
    const enrichment = this.#enrichments.get(callback.enrichment_id);
    return el(
      'article',
      { class: 'card' },
      el(
        'div',
        { class: 'card-head' },
        pill(callback.state, kindOf(callback.state)),
        el(
          'button',
          {
            type: 'button',
            class: 'link-button',
            'data-row': true,
            click: () => this.#context.select('enrichment', callback.enrichment_id),
          },
          enrichment ? clientText(usernameOf(enrichment.linkedin_url)) : callback.enrichment_id,
        ),
        enrichment?.external_id !== undefined && clientText(enrichment.external_id, { class: 'client-text code' }),
        callback.due && el('span', { class: 'hint next' }, `next at ${clockTime(at(callback.due))}`),
        redeliverButton(this.#context, callback),
      ),
      clientText(callback.url, { class: 'client-text code url' }),
      attemptsOf(callback),
    );
  }
}
