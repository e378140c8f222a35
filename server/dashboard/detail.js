// The details of one enrichment or one call, next to the view.
import { attemptsOf, redeliverButton } from './callbacks.js';
import { curlOfEntry } from './curl.js';
import { copyButton, el, kindOf, pill, replace, clientText } from './dom.js';
import { at, clockTime, day, duration, isOpen, plural, usernameOf } from './format.js';
import { json } from './json.js';

export class Detail {
  #context;
  #node;
  #shown = '';
  #key;

  // context: { store, api, actions, select, keyOf, showCallsOf(id) }
  constructor(node, context) {
    this.#node = node;
    this.#context = context;
    addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !node.hidden && !document.querySelector('dialog[open]')) this.#close();
    });
  }

  show(state) {
    const subject = this.#subject(state);
    const shown = JSON.stringify(subject ?? null);
    this.#node.hidden = !subject;
    document.body.classList.toggle('has-detail', Boolean(subject));
    if (shown === this.#shown) return;
    const key = subject && `${state.selected.kind} ${state.selected.id}`,
      opened = subject && key !== this.#key;
    this.#shown = shown;
    this.#key = key;
    if (!subject) return replace(this.#node);
    const focused = this.#node.contains(document.activeElement) ? document.activeElement.dataset.keep : undefined;
    const unfolded = new Set([...this.#node.querySelectorAll('details[open]')].map((each) => each.dataset.attempt));
    const scrolled = this.#node.scrollTop;
    replace(this.#node, subject.enrichment ? this.#ofEnrichment(subject) : this.#ofRequest(subject.request));
    for (const each of this.#node.querySelectorAll('details')) each.open = unfolded.has(each.dataset.attempt);
    this.#node.scrollTop = opened ? 0 : scrolled;
    if (opened) this.#node.querySelector('h2').focus({ preventScroll: true });
    else if (focused) this.#node.querySelector(`[data-keep="${CSS.escape(focused)}"]`)?.focus();
  }

  // The selected enrichment or request, with the data to show.
  #subject({ selected, enrichments, older, callbacks, requests }) {
    if (selected?.kind === 'request') {
      const request = requests.find(({ number }) => number === selected.id);
      return request && { id: selected.id, request };
    }
    const enrichment = selected && [...enrichments, older].find((each) => each?._id === selected.id);
    if (!enrichment) return undefined;
    const calls = requests.filter(({ enrichment_id: id }) => id === enrichment._id);
    return {
      enrichment,
      callbacks: callbacks.filter(({ enrichment_id: id }) => id === enrichment._id),
      request: this.#context.store.requestOf(enrichment._id),
      polls: calls.filter(({ method }) => method === 'GET').length,
    };
  }

  #close() {
    const { selected } = this.#context.store.state;
    this.#context.select(null);
    document.querySelector(`[data-id="${CSS.escape(String(selected?.id))}"]`)?.focus();
  }

  #head(...title) {
    return el(
      'div',
      { class: 'detail-head' },
      el('h2', { tabindex: '-1' }, title),
      el('button', { type: 'button', class: 'quiet', 'data-keep': 'close', click: () => this.#close() }, 'Close'),
    );
  }

  #ofEnrichment({ enrichment, callbacks, request, polls }) {
    const { history, rule, charged, callback_ids: ids, ...view } = enrichment,
      externalId = this.#context.store.externalIdOf(enrichment);
    return [
      this.#head(clientText(usernameOf(enrichment.linkedin_url)), ' ', pill(enrichment.status, kindOf(enrichment.status))),
      el(
        'dl',
        { class: 'facts' },
        fact('_id', el('code', {}, enrichment._id)),
        externalId !== undefined && fact('external_id', clientText(externalId)),
        fact('rule', rule ? clientText(rule) : 'none: the scenario’s defaults'),
        fact('credit', charged ? 'charged' : 'not charged'),
      ),
      isOpen(enrichment.status) && this.#force(enrichment),
      el('h3', {}, 'States'),
      states(history),
      el('h3', {}, 'Request'),
      this.#request(request),
      el('h3', {}, 'Response'),
      request ? json(request.answer ?? '(an empty body)') : null,
      el('h3', {}, 'Response to a poll'),
      json(view),
      el(
        'p',
        { class: 'more' },
        el(
          'button',
          {
            type: 'button',
            class: 'quiet',
            'data-keep': 'calls',
            click: () => this.#context.showCallsOf(enrichment._id),
          },
          `Polled ${plural(polls, 'time')}: show its calls in the journal`,
        ),
      ),
      el('h3', {}, callbacks.length ? 'Callbacks' : 'No callback'),
      callbacks.length
        ? callbacks.map((callback) => this.#callback(callback))
        : el(
            'p',
            { class: 'hint' },
            ids.length
              ? `${plural(ids.length, 'callback')}, too old for the list.`
              : noCallback(enrichment, request),
          ),
    ];
  }

  #force(enrichment) {
    const { actions, store } = this.#context;
    return el(
      'div',
      { class: 'force', role: 'group', 'aria-label': 'Force an outcome' },
      el('span', {}, 'Force an outcome:'),
      ['completed', 'not-found', 'failed'].map((outcome) =>
        actions.button(
          outcome,
          () => ({
            method: 'POST',
            path: `enrichments/${enrichment._id}/resolve`,
            team: store.state.chosen,
            body: { outcome },
          }),
          { 'data-keep': outcome },
        ),
      ),
    );
  }

  #request(request) {
    if (!request)
      return el(
        'p',
        { class: 'hint' },
        'The request is not in the journal: the enrichment was seeded, or the entry was evicted.',
      );
    return [this.#curl(request), json(request.body ?? '(an empty body)')];
  }

  #curl(request) {
    const { api, keyOf } = this.#context;
    const key = keyOf(request.team);
    const command = curlOfEntry(request, api.origin, key);
    return el(
      'p',
      { class: 'more' },
      copyButton(() => command, 'Copy as curl'),
      key === undefined &&
        'x-api-key' in request.headers &&
        el('span', { class: 'hint' }, ' with your key in $API_KEY'),
    );
  }

  #callback(callback) {
    return el(
      'section',
      { class: 'callback' },
      el(
        'p',
        { class: 'callback-head' },
        pill(callback.state, kindOf(callback.state)),
        clientText(callback.url, { class: 'client-text code' }),
      ),
      attemptsOf(callback, (attempt, i) => exchange(attempt, `${callback.id} ${i}`)),
      callback.due && el('p', { class: 'hint' }, `Next attempt at ${clockTime(at(callback.due))}.`),
      redeliverButton(this.#context, callback),
      json(callback.body),
    );
  }

  #ofRequest(request) {
    const { nearest_rule: near } = request;
    return [
      this.#head(`${request.method} `, clientText(request.path), ' ', pill(String(request.status), kindOf(request.status))),
      request.reason && el('p', { class: 'reason' }, clientText(request.reason)),
      el(
        'dl',
        { class: 'facts' },
        fact('number', String(request.number)),
        request.at && fact('team time', `${day(at(request.at))} ${clockTime(at(request.at))}`),
        fact('real time', `${day(at(request.time))} ${clockTime(at(request.time))}`),
        request.rule && fact('rule', [clientText(request.rule), `, step ${request.step + 1}`]),
        request.fault && fact('fault', request.fault),
        near &&
          fact('nearest rule', [
            clientText(near.name),
            el(
              'ul',
              {},
              near.differs.map((each) => el('li', {}, clientText(each))),
            ),
          ]),
        request.enrichment_id && fact('enrichment', this.#link(request.enrichment_id)),
      ),
      el('h3', {}, 'Request'),
      this.#curl(request),
      request.body === undefined ? null : json(request.body),
      el('h3', {}, 'Headers'),
      json(request.headers),
      el('h3', {}, 'Response'),
      json(request.answer ?? '(an empty body)'),
    ];
  }

  #link(id) {
    return el(
      'button',
      {
        type: 'button',
        class: 'link-button',
        'data-keep': 'enrichment',
        click: () => this.#context.select('enrichment', id),
      },
      id,
    );
  }
}

// What an attempt sent and received, folded.
function exchange({ request, response }, id) {
  if (!request) return null;
  return el(
    'details',
    { class: 'exchange', 'data-attempt': id },
    el('summary', { 'data-keep': `attempt ${id}` }, 'Request and response'),
    message('Request', request),
    response ? message('Response', response) : el('p', { class: 'hint' }, 'No response arrived.'),
  );
}

// The headers and the body of a request or response.
const message = (name, { headers, headers_truncated: fewer, body, body_bytes: bytes }) => [
  el('h4', {}, `${name}: headers`, fewer && el('span', { class: 'hint' }, ' the first 16 KB')),
  json(headers),
  el('h4', {}, `${name}: body`, bytes && el('span', { class: 'hint' }, ` the beginning of ${bytes} bytes`)),
  json(body ?? '(an empty body)'),
];

const fact = (name, value) => [el('dt', {}, name), el('dd', {}, value)];

const states = (history) =>
  el(
    'ol',
    { class: 'states' },
    history.map(({ at: instant, status }, i) =>
      el(
        'li',
        {},
        el('code', {}, clockTime(at(instant))),
        pill(status, kindOf(status)),
        i > 0 && el('span', { class: 'hint' }, `after ${duration(at(instant) - at(history[i - 1].at))}`),
      ),
    ),
  );

function noCallback(enrichment, request) {
  if (isOpen(enrichment.status)) return 'Not resolved yet.';
  if (request && !request.body?.callback_url) return 'The request has no callback_url.';
  return enrichment.status === 'failed'
    ? 'A failed lookup sends a callback only if the scenario enables it (on_failed).'
    : 'No callback was due.';
}
