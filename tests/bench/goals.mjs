// What we want of the server, one an entry. `of(results)` is the measured value, undefined when it was not measured.
//   results.load(peer, workload, connections) and results.process(peer): medians, or undefined
import { MANY_RULES, NO_JOURNAL, ONE_RULE, OURS } from './peers.mjs';

const ratio = (a, b) => (a === undefined || b === undefined ? undefined : a / b);
const times = (n) => `${n.toFixed(2)} x`;

const compared = [
  { text: 'POST at 16 connections: throughput >= 1.2 x bare', show: times, holds: (n) => n >= 1.2,
    of: ({ load }) => ratio(load(OURS, 'post', 16)?.rate, load('bare', 'post', 16)?.rate) },
  { text: 'POST at 1,000 connections: throughput >= 4 x bare', show: times, holds: (n) => n >= 4,
    of: ({ load }) => ratio(load(OURS, 'post', 1000)?.rate, load('bare', 'post', 1000)?.rate) },
  { text: 'POST at 16 connections: CPU per request <= 0.8 x bare', show: times, holds: (n) => n <= 0.8,
    of: ({ load }) => ratio(load(OURS, 'post', 16)?.cpuUs, load('bare', 'post', 16)?.cpuUs) },
  { text: 'POST with journal and events on: throughput >= 0.85 x without', show: times, holds: (n) => n >= 0.85,
    of: ({ load }) => ratio(load(OURS, 'post', 16)?.rate, load(NO_JOURNAL, 'post', 16)?.rate) },
  { text: 'POST with 1,000 rules: throughput >= 0.7 x with one', show: times, holds: (n) => n >= 0.7,
    of: ({ load }) => ratio(load(MANY_RULES, 'post', 16)?.rate, load(ONE_RULE, 'post', 16)?.rate) },
];

export const goals = [
  ...compared,
  { text: 'POST at 1,000 connections: p99 < 50 ms', show: (n) => `${n.toFixed(1)} ms`, holds: (n) => n < 50,
    of: ({ load }) => load(OURS, 'post', 1000)?.p99 },
  { text: 'no error in any load', show: (n) => `${n}`, holds: (n) => n === 0, of: ({ errors }) => errors(OURS) },
  { text: 'start to first answer < 20 ms', show: (n) => `${n.toFixed(1)} ms`, holds: (n) => n < 20,
    of: ({ process }) => process(OURS)?.startMs },
  { text: 'idle memory < 16 MB', show: (n) => `${n.toFixed(1)} MB`, holds: (n) => n < 16,
    of: ({ process }) => process(OURS)?.idleMb },
  { text: 'idle CPU with 1,000 connections < 1 % of a core', show: (n) => `${n.toFixed(2)} %`, holds: (n) => n < 1,
    of: ({ process }) => process(OURS)?.idleCpuPercent },
];

// Each goal with its value and verdict; goals that were not measured are left out.
export function judge(results) {
  return goals.map(({ text, show, holds, of }) => ({ text, show, holds, value: of(results) }))
    .filter(({ value }) => value !== undefined)
    .map(({ text, show, holds, value }) => ({ text, value, shown: show(value), holds: holds(value) }));
}
