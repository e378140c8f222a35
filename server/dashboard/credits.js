// The view of credits: the balance over time, and the ledger.
import { el, pill, replace, clientText, svg } from './dom.js';
import { at, clockTime, plural, usernameOf } from './format.js';
import { WindowedList } from './list.js';
import { ticks } from './scale.js';

const HEIGHT = 180,
  PAD = { left: 52, right: 16, top: 14, bottom: 24 };

export class Credits {
  #context;
  #balance = el('strong', { class: 'balance' });
  #picture = el('div', { class: 'picture', role: 'img' });
  #amount = el('input', { type: 'number', value: '100', step: '1', 'aria-label': 'Credits to add' });
  #list;
  #enrichments = new Map();

  constructor(context) {
    this.#context = context;
    this.#list = new WindowedList({
      label: 'Movements, latest first',
      key: ({ number }) => number,
      height: () => 38,
      sign: ({ at: instant, balance, enrichment_id: id }) => `${instant} ${balance} ${id} ${this.#enrichments.has(id)}`,
      build: (movement) => this.#build(movement),
    });
    const change = (name) => () => {
      const amount = this.#amount.valueAsNumber;
      return Number.isInteger(amount)
        ? { method: 'PUT', path: 'credits', team: context.store.state.chosen, body: { [name]: amount } }
        : undefined;
    };
    this.node = el(
      'section',
      { class: 'view credits' },
      el(
        'div',
        { class: 'tools' },
        el('p', {}, this.#balance, ' credits'),
        this.#amount,
        context.actions.button('Add', change('add')),
        context.actions.button('Set the balance', change('balance')),
      ),
      this.#picture,
      el('h2', {}, 'Ledger'),
      this.#list.node,
    );
  }

  show(state) {
    const { movements } = state;
    this.#enrichments = new Map(state.enrichments.map((each) => [each._id, each]));
    const balance = movements.at(-1)?.balance;
    this.#balance.textContent = balance?.toLocaleString('en') ?? '–';
    this.#picture.setAttribute(
      'aria-label',
      `The balance after ${plural(movements.length, 'movement')}: ${balance ?? 'unknown'}`,
    );
    if (movements.length)
      replace(
        this.#picture,
        balanceLine(movements, this.#context.store.teamNow(), Math.max(240, this.node.clientWidth - 2)),
      );
    this.#list.show(movements.map((movement, number) => ({ ...movement, number })).reverse());
  }

  #build({ at: instant, kind, amount, balance, enrichment_id: id }) {
    const enrichment = this.#enrichments.get(id);
    return el(
      'div',
      { class: 'row movement' },
      el('span', { class: 'when' }, clockTime(at(instant))),
      pill(kind, amount < 0 ? 'busy' : 'calm'),
      el(
        'span',
        { class: 'amount' },
        amount > 0 ? `+${amount.toLocaleString('en')}` : `−${Math.abs(amount).toLocaleString('en')}`,
      ),
      el('span', { class: 'hint' }, `balance ${balance.toLocaleString('en')}`),
      id
        ? el(
            'button',
            {
              type: 'button',
              class: 'link-button',
              'data-row': true,
              click: () => this.#context.select('enrichment', id),
            },
            clientText(enrichment ? usernameOf(enrichment.linkedin_url) : id),
          )
        : el('span', { 'data-row': true }),
    );
  }
}

// The time range of the line. A long time before the first movement is cut.
function rangeOf(movements, now) {
  const opened = at(movements[0].at),
    last = at(movements.at(-1).at);
  const first = movements.length > 1 ? at(movements[1].at) : opened;
  const span = Math.max(last - first, 1000);
  return { from: Math.max(opened, first - span / 4), to: Math.min(Math.max(now, last + 1), last + span / 4) };
}

function balanceLine(movements, now, width) {
  const { from, to } = rangeOf(movements, now);
  const high = Math.max(...movements.map(({ balance }) => balance)),
    low = Math.min(...movements.map(({ balance }) => balance));
  const bottom = high - low < high / 4 ? Math.max(0, low - 2) : 0,
    top = Math.max(high, bottom + 1);
  const x = (moment) =>
    PAD.left + (width - PAD.left - PAD.right) * Math.min(1, Math.max(0, (moment - from) / Math.max(to - from, 1)));
  const y = (balance) => PAD.top + (HEIGHT - PAD.top - PAD.bottom) * (1 - (balance - bottom) / (top - bottom));
  const path = movements
    .map(({ at: instant, balance }, i) =>
      i === 0 ? `M${x(at(instant))} ${y(balance)}` : `H${x(at(instant))}V${y(balance)}`,
    )
    .join('');
  const levels = ticks(bottom, top, 4).filter(Number.isInteger);
  return svg(
    'svg',
    { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, 'aria-hidden': 'true' },
    levels.map((level) => [
      svg('path', { d: `M${PAD.left} ${y(level)}H${width - PAD.right}`, class: 'grid' }),
      svg(
        'text',
        { x: PAD.left - 8, y: y(level) + 4, 'text-anchor': 'end', class: 'label' },
        level.toLocaleString('en'),
      ),
    ]),
    ticks(from, to, Math.max(2, Math.floor(width / 130))).map((moment) =>
      svg(
        'text',
        { x: Math.min(Math.max(x(moment), 40), width - 40), y: HEIGHT - 6, 'text-anchor': 'middle', class: 'label' },
        clockTime(moment),
      ),
    ),
    svg('path', { d: `${path}H${width - PAD.right}V${y(bottom)}H${PAD.left}Z`, class: 'balance-area' }),
    svg('path', { d: `${path}H${width - PAD.right}`, class: 'balance-line' }),
    movements.length < 60 &&
      movements.map(({ at: instant, balance }) =>
        svg('circle', { cx: x(at(instant)), cy: y(balance), r: 3.5, class: 'balance-dot' }),
      ),
  );
}
