// The timeline: a picture for each enrichment, latest first.
import { el, pill, kindOf, replace, clientText, svg } from './dom.js';
import { at, clockTime, isOpen, plural, usernameOf } from './format.js';
import { inWords, lane, laneHeight } from './lane.js';
import { WindowedList } from './list.js';
import { ticks } from './scale.js';

const HEAD = 34,
  FOOT = 18;

export class Timeline {
  #context;
  #shared = false;
  #list;
  #axis = el('div', { class: 'axis', 'aria-hidden': 'true' });
  #count = el('p', { class: 'count' });
  #none = el('div');
  #filter = el('input', {
    type: 'search',
    placeholder: 'name, external id or _id',
    'aria-label': 'Filter enrichments',
    input: () => this.#context.refresh(),
  });
  #status = el(
    'select',
    { 'aria-label': 'Status', change: () => this.#context.refresh() },
    ['any status', 'open', 'completed', 'not-found', 'failed'].map((name) => el('option', { value: name }, name)),
  );

  // context: { store, select(kind, id), refresh(), api, keyOf() }
  constructor(context) {
    this.#context = context;
    this.#list = new WindowedList({
      label: 'Enrichments, latest first',
      key: ({ enrichment }) => enrichment._id,
      height: ({ callbacks }) => HEAD + laneHeight(callbacks.length) + FOOT,
      sign: (row) => this.#signOf(row),
      build: (row) => this.#build(row),
    });
    const scales = [
      ['Own scale', false],
      ['Shared scale', true],
    ].map(([name, shared]) =>
      el(
        'button',
        {
          type: 'button',
          'data-shared': String(shared),
          click: () => {
            this.#shared = shared;
            this.#context.refresh();
          },
        },
        name,
      ),
    );
    this.scales = scales;
    this.node = el(
      'section',
      { class: 'view timeline' },
      el(
        'div',
        { class: 'tools' },
        el('div', { class: 'choice', role: 'group', 'aria-label': 'Time axis' }, scales),
        this.#filter,
        this.#status,
        this.#count,
      ),
      this.#axis,
      this.#none,
      this.#list.node,
    );
  }

  show(state) {
    const now = this.#context.store.teamNow();
    const width = Math.max(240, this.node.clientWidth - 2);
    const rows = this.#rows(state);
    const range = this.#shared && rows.length ? rangeOf(rows, now) : undefined;
    this.drawing = { now, width, range, selected: state.selected?.kind === 'enrichment' ? state.selected.id : null };
    for (const button of this.scales)
      button.setAttribute('aria-pressed', String(button.dataset.shared === String(this.#shared)));
    this.#axis.hidden = !range;
    if (range) replace(this.#axis, axis(range, width));
    const all = state.enrichments.length,
      total = this.#context.store.team?.enrichments ?? all;
    this.#count.textContent =
      rows.length < all
        ? `${rows.length} of ${plural(all, 'enrichment')}`
        : total > all
          ? `the latest ${all} of ${plural(total, 'enrichment')}`
          : plural(all, 'enrichment');
    if (all) replace(this.#none, rows.length ? [] : el('p', { class: 'empty' }, 'No enrichment matches this filter.'));
    else if (state.loaded) replace(this.#none, this.#context.empty('No enrichment yet'));
    else replace(this.#none);
    this.#list.show(rows);
  }

  #rows({ enrichments, callbacks }) {
    const text = this.#filter.value.trim().toLowerCase(),
      status = this.#status.value;
    const byEnrichment = grouped(callbacks);
    const { store } = this.#context;
    return enrichments
      .filter((each) => fits(each, String(store.externalIdOf(each) ?? ''), text, status))
      .map((enrichment) => ({ enrichment, callbacks: byEnrichment.get(enrichment._id) ?? [] }));
  }

  #signOf({ enrichment, callbacks }) {
    const { now, width, range, selected } = this.drawing;
    const moving = isOpen(enrichment.status) || callbacks.some(({ due }) => due);
    return [
      enrichment.status,
      enrichment.charged,
      this.#context.store.externalIdOf(enrichment),
      width,
      range?.from,
      range?.to,
      moving ? Math.round(now) : '',
      selected === enrichment._id,
      ...callbacks.map(({ state, attempts, due }) => `${state}${attempts.length}${due}`),
    ].join();
  }

  #build({ enrichment, callbacks }) {
    const { selected } = this.drawing,
      externalId = this.#context.store.externalIdOf(enrichment);
    return el(
      'button',
      {
        type: 'button',
        class: 'row',
        'data-row': true,
        'data-id': enrichment._id,
        'aria-current': selected === enrichment._id ? 'true' : null,
        click: () => this.#context.select('enrichment', enrichment._id),
      },
      el(
        'span',
        { class: 'row-head' },
        clientText(usernameOf(enrichment.linkedin_url), { class: 'client-text name' }),
        externalId !== undefined && clientText(externalId, { class: 'client-text code' }),
        enrichment.rule && clientText(enrichment.rule, { class: 'client-text rule' }),
        el('span', { class: 'when' }, clockTime(at(enrichment.history[0].at))),
        pill(enrichment.status, kindOf(enrichment.status)),
      ),
      el('span', { class: 'words' }, inWords(enrichment, callbacks)),
      lane(enrichment, callbacks, this.drawing),
    );
  }
}

function grouped(callbacks) {
  const groups = new Map();
  for (const each of callbacks) groups.set(each.enrichment_id, [...(groups.get(each.enrichment_id) ?? []), each]);
  return groups;
}

const fits = (enrichment, externalId, text, status) =>
  (status === 'any status' || status === enrichment.status || (status === 'open' && isOpen(enrichment.status))) &&
  (!text ||
    [usernameOf(enrichment.linkedin_url), externalId, enrichment._id].some((each) =>
      each.toLowerCase().includes(text),
    ));

function rangeOf(rows, now) {
  const moments = rows.flatMap(({ enrichment, callbacks }) => [
    ...enrichment.history.map((each) => at(each.at)),
    ...(isOpen(enrichment.status) ? [now] : []),
    ...callbacks.flatMap(({ attempts, due }) => [...attempts.map((each) => at(each.at)), ...(due ? [at(due)] : [])]),
  ]);
  const from = moments.reduce((a, b) => Math.min(a, b)),
    to = moments.reduce((a, b) => Math.max(a, b));
  return { from, to: Math.max(to, from + 100) };
}

function axis({ from, to }, width) {
  const left = 14,
    inner = width - 30;
  const fine = to - from < 60_000;
  const marks = ticks(from, to, Math.max(2, Math.floor(width / 110))).map((moment) => {
    const x = left + (inner * (moment - from)) / (to - from);
    const text = fine ? clockTime(moment) : clockTime(moment).slice(0, 8);
    return [
      svg('path', { d: `M${x} 18v6`, class: 'tick' }),
      svg('text', { x: Math.min(Math.max(x, 38), width - 38), y: 14, 'text-anchor': 'middle', class: 'label' }, text),
    ];
  });
  return svg(
    'svg',
    { width, height: 26, viewBox: `0 0 ${width} 26` },
    svg('path', { d: `M${left} 24H${left + inner}`, class: 'tick' }),
    marks,
  );
}
