// Draws one enrichment on the team's clock: states as bars, attempts of each callback as marks on a line below with the
// gaps between them, and future attempts as outlines.
import { kindOf, svg } from './dom.js';
import { at, duration, isOpen } from './format.js';
import { stretched } from './scale.js';

const BAR = { y: 3, height: 20 },
  CALLS = 46,
  STEP = 32; // position of the first callback's line, and the distance between lines
const LEFT = 14,
  RIGHT = 16,
  MARK = 11;
const ROOM = { state: 34, attempt: 26, gap: 62, wait: 54, tail: 44 };

export const laneHeight = (callbacks) => (callbacks === 0 ? 30 : CALLS + 18 + (callbacks - 1) * STEP);

// The moments of an enrichment: { at, kind: 'state' | 'attempt' | 'due' | 'now', line, … } in order.
export function momentsOf(enrichment, callbacks, now) {
  const moments = enrichment.history.map((entry, i) => ({
    at: at(entry.at),
    kind: 'state',
    status: entry.status,
    line: -1,
    order: i,
  }));
  if (isOpen(enrichment.status))
    moments.push({ at: Math.max(now, moments.at(-1).at), kind: 'now', line: -1, order: 9 });
  callbacks.forEach((callback, line) => {
    callback.attempts.forEach((attempt, i) => {
      const before = callback.attempts[i - 1];
      const gap = before ? at(attempt.at) - at(before.ended) : undefined;
      moments.push({ at: at(attempt.at), kind: 'attempt', attempt, gap, line, order: 10 + i });
    });
    if (!callback.due || !['scheduled', 'retrying'].includes(callback.state)) return;
    moments.push({
      at: at(callback.due),
      kind: 'due',
      line,
      order: 10 + callback.attempts.length,
      wait: at(callback.due) - now,
    });
  });
  return moments.sort((a, b) => a.at - b.at || a.order - b.order);
}

// The minimum width before a moment.
function roomBefore(moment, previous) {
  const together = previous.at === moment.at;
  if (moment.kind === 'attempt')
    return moment.gap !== undefined ? (together ? ROOM.attempt : ROOM.gap) : together ? 0 : ROOM.wait;
  if (moment.kind === 'due') return together ? ROOM.attempt : ROOM.gap;
  if (moment.kind === 'now') return ROOM.tail;
  return together ? 0 : ROOM.state;
}

// Adds an x to each moment: on a shared scale with `range`, otherwise each stretch gets the width that it needs.
function place(moments, width, range, right = RIGHT) {
  const inner = width - LEFT - right;
  if (range) {
    const span = Math.max(range.to - range.from, 1);
    return moments.map((moment) => ({ ...moment, x: LEFT + inner * Math.min(1, (moment.at - range.from) / span) }));
  }
  const needs = moments.map((moment, i) => ({ at: moment.at, least: i ? roomBefore(moment, moments[i - 1]) : 0 }));
  const room = needs.reduce((sum, { least }) => sum + least, 0);
  // A few moments are not spread over a wide window.
  const xs = stretched(needs, LEFT, Math.min(inner, Math.max(room * 2, Math.min(inner, 640))));
  return moments.map((moment, i) => ({ ...moment, x: xs[i] }));
}

const label = (x, y, text, kind = '') => svg('text', { x, y, class: `label ${kind}`, 'text-anchor': 'middle' }, text);

function bar({ x, status }, next, open) {
  const width = Math.max(next.x - x, 2),
    middle = x + width / 2,
    y = BAR.y + 14;
  const took = duration(next.at - next.from),
    wide = `${status} ${took}`;
  const text = width > wide.length * 6.6 + 8 ? wide : width > took.length * 6.6 + 6 ? took : '';
  return [
    svg('rect', { x, y: BAR.y, width, height: BAR.height, rx: 3, class: `bar ${status}${open ? ' open' : ''}` }),
    text && label(middle, y, text, 'in-bar'),
  ];
}

const endText = ({ status }, charged) => (charged ? `${status} · −1 credit` : status);
const endRoom = (text) => 20 + text.length * 7.2;

function states(moments, charged, width) {
  const line = moments.filter(({ line: each }) => each < 0);
  const drawn = [];
  line.forEach((moment, i) => {
    const next = line[i + 1];
    if (next) drawn.push(bar(moment, { ...next, from: moment.at }, next.kind === 'now'));
  });
  const last = line.at(-1);
  if (last.kind === 'now') return drawn;
  const text = endText(last, charged),
    fits = last.x + endRoom(text) <= width;
  drawn.push(svg('circle', { cx: last.x, cy: BAR.y + 10, r: 7, class: `end ${kindOf(last.status)}` }));
  drawn.push(
    svg(
      'text',
      {
        x: fits ? last.x + 12 : last.x - 12,
        y: BAR.y + 14,
        'text-anchor': fits ? 'start' : 'end',
        class: `label end-label ${kindOf(last.status)}`,
      },
      text,
    ),
  );
  return drawn;
}

// Short words for attempts without a response.
const WORDS = [
  [/not sent/, 'unsent'],
  [/refused/, 'refused'],
  [/timed out/, 'timeout'],
];

// "500", or a word for the reason why there was no response.
export const resultOf = ({ status, error }) =>
  status === null ? (WORDS.find(([pattern]) => pattern.test(error))?.[1] ?? 'error') : String(status);
export const succeeded = ({ status }) => status !== null && status >= 200 && status < 300;

// Successful attempts are discs with a tick, failed ones squares with a cross, so that colour is not needed.
function mark(x, y, attempt) {
  const good = succeeded(attempt);
  const shape = good
    ? svg('circle', { cx: x, cy: y, r: MARK - 2, class: 'mark good' })
    : svg('rect', {
        x: x - MARK + 3,
        y: y - MARK + 3,
        width: 2 * MARK - 6,
        height: 2 * MARK - 6,
        rx: 3,
        class: 'mark bad',
      });
  const sign = good ? `M${x - 4} ${y}l3 3.5l5-6.5` : `M${x - 3.5} ${y - 3.5}l7 7m0-7l-7 7`;
  return [shape, svg('path', { d: sign, class: 'sign' })];
}

const thread = ({ callback, list, y, from }) =>
  svg('path', {
    d: `M${from} ${BAR.y + BAR.height}V${y}H${list.at(-1)?.x ?? from}`,
    class: `thread ${kindOf(callback.state)}`,
  });

// The time since the previous attempt, or the time until the next one.
function gapText({ kind, wait, gap }) {
  if (kind === 'due') return wait > 0 ? `in ${duration(wait)}` : '';
  return gap === undefined ? '' : duration(gap);
}

function callbackLine({ callback, list: own, y, from }, roomy) {
  const drawn = [],
    end = own.at(-1)?.x ?? from;
  own.forEach((moment, i) => {
    const before = own[i - 1],
      gap = gapText(moment);
    const room = moment.x - (before?.x ?? from) - MARK * 2;
    if (gap && room > gap.length * 6.2) drawn.push(label((moment.x + (before?.x ?? from)) / 2, y - 4, gap, 'gap'));
    if (moment.kind === 'due') {
      drawn.push(svg('circle', { cx: moment.x, cy: y, r: MARK - 3, class: 'mark due' }));
      return;
    }
    drawn.push(mark(moment.x, y, moment.attempt));
    if (roomy) drawn.push(label(moment.x, y + 20, resultOf(moment.attempt), 'result'));
  });
  if (callback.state === 'dropped')
    drawn.push(svg('text', { x: from + 10, y: y + 4, class: 'label' }, 'dropped: never sent'));
  if (callback.state === 'delivering')
    drawn.push(svg('text', { x: end + 16, y: y + 4, class: 'label' }, 'delivering …'));
  return drawn;
}

// Placed so that the name of the last state fits, except on a shared scale.
function placed(enrichment, moments, width, range) {
  const first = place(moments, width, range),
    end = first.findLast(({ line }) => line < 0);
  if (range || end.kind === 'now') return first;
  const room = endRoom(endText(end, enrichment.charged));
  return end.x + room <= width ? first : place(moments, width, range, room);
}

// The picture, `width` pixels wide. `range` { from, to }: the shared scale; without it, the lane has its own scale.
export function lane(enrichment, callbacks, { now, width, range }) {
  const moments = placed(enrichment, momentsOf(enrichment, callbacks, now), width, range);
  const height = laneHeight(callbacks.length);
  const resolved = moments.findLast(({ line }) => line < 0).x;
  const lines = callbacks.map((callback, index) => {
    const list = moments.filter(({ line }) => line === index);
    return { callback, list, y: CALLS + index * STEP, from: Math.min(resolved, list[0]?.x ?? resolved) };
  });
  return svg(
    'svg',
    { class: 'lane', width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' },
    svg('path', { d: `M${moments[0].x} ${BAR.y - 3}v${BAR.height + 6}`, class: 'request' }),
    lines.map(thread),
    states(moments, enrichment.charged, width),
    lines.map((line) => callbackLine(line, !range)),
  );
}

// The same as text.
export function inWords(enrichment, callbacks) {
  const states = enrichment.history
    .map(({ status }, i, all) => (all[i + 1] ? `${status} for ${duration(at(all[i + 1].at) - at(all[i].at))}` : status))
    .join(', ');
  const calls = callbacks.map(
    ({ state, attempts }) => `callback ${state}${attempts.length ? ` after ${attempts.map(resultOf).join(', ')}` : ''}`,
  );
  return [states, enrichment.charged ? 'one credit' : '', ...calls].filter(Boolean).join('; ');
}
