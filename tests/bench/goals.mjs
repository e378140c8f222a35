// The goals for the server, one an entry. `of(results)` is the measured value, undefined if it was not measured.
//   results.load(peer, workload, connections), results.process(peer), results.figure(name): medians, or undefined
//   results.sum(name): the sum of all samples of a figure
//   results.errors(peer, connections?): the sum in all its loads, or in loads with that many connections
import { BARE, FROM_NPM, MANY_RULES, NO_JOURNAL, ONE_RULE, OURS, STATE } from './peers.mjs';

const ratio = (a, b) => (a === undefined || b === undefined ? undefined : a / b);
const show = { times: (n) => `${n.toFixed(2)} x`, ms: (n) => `${n.toFixed(1)} ms`, mb: (n) => `${n.toFixed(1)} MB`,
               percent: (n) => `${n.toFixed(2)} %`, whole: (n) => Math.round(n).toLocaleString('en') };

const atLeast = (text, bound, shown, of) => ({ text, show: show[shown], holds: (n) => n >= bound, of });
const atMost = (text, bound, shown, of) => ({ text, show: show[shown], holds: (n) => n <= bound, of });
const under = (text, bound, shown, of) => ({ text, show: show[shown], holds: (n) => n < bound, of });

const rates = (results, one, other, connections) =>
  ratio(results.load(one, 'post', connections)?.rate, results.load(other, 'post', connections)?.rate);

// The value of the fastest of them that was measured.
function fastestOfNpm({ load }, connections) {
  const found = FROM_NPM.map((name) => load(name, 'post', connections)?.rate).filter((rate) => rate !== undefined);
  return found.length > 0 ? Math.max(...found) : undefined;
}

const loads = [
  atLeast('POST at 16 connections: throughput >= 1.3 x bare', 1.3, 'times', (results) => rates(results, OURS, BARE, 16)),
  atMost('POST at 16 connections: CPU per request <= 0.75 x bare', 0.75, 'times',
         ({ load }) => ratio(load(OURS, 'post', 16)?.cpuUs, load(BARE, 'post', 16)?.cpuUs)),
  atLeast('POST at 16 connections: throughput >= 8 x the fastest from npm', 8, 'times',
          (results) => ratio(results.load(OURS, 'post', 16)?.rate, fastestOfNpm(results, 16))),
  atLeast('POST at 1,000 connections: throughput >= 5 x bare', 5, 'times', (results) => rates(results, OURS, BARE, 1000)),
  under('POST at 1,000 connections: p99 < 30 ms', 30, 'ms', ({ load }) => load(OURS, 'post', 1000)?.p99),
  atMost('no error or timeout at 1,000 connections', 0, 'whole', ({ errors }) => errors(OURS, 1000)),
  atMost('no error in any load', 0, 'whole', ({ errors }) => errors(OURS)),
  atLeast('POST with journal and events on: throughput >= 0.85 x without', 0.85, 'times',
          (results) => rates(results, OURS, NO_JOURNAL, 16)),
  atLeast('POST with --state at 16 connections: throughput >= 0.5 x without', 0.5, 'times',
          (results) => rates(results, STATE, OURS, 16)),
  atMost('POST with --state at 16 connections: p99 <= 3 x without', 3, 'times',
         ({ load }) => ratio(load(STATE, 'post', 16)?.p99, load(OURS, 'post', 16)?.p99)),
  atLeast('POST with 1,000 rules: throughput >= 0.7 x with one', 0.7, 'times',
          (results) => rates(results, MANY_RULES, ONE_RULE, 16)),
];

const processes = [
  under('start to first answer < 10 ms', 10, 'ms', ({ process }) => process(OURS)?.startMs),
  under('memory when idle < 12 MB', 12, 'mb', ({ process }) => process(OURS)?.idleMb),
  under('memory with 1,000 connections < 45 MB', 45, 'mb', ({ process }) => process(OURS)?.connectedMb),
  under('idle CPU with 1,000 connections < 1 % of a core', 1, 'percent', ({ process }) => process(OURS)?.idleCpuPercent),
  under('SIGTERM to exit with 1,000 connections < 150 ms', 150, 'ms', ({ figure }) => figure('stopMs')),
  atLeast('requests in flight at SIGTERM that are answered: all', 1, 'times',
          ({ sum }) => ratio(sum('inFlightAnswered'), sum('inFlight'))),
];

const suites = [
  ...[[1, 'one client', 3], [16, '16 clients', 8]].map(([count, clients, times]) =>
    atLeast(`tests of four calls with ${clients} >= ${times} x WireMock`, times, 'times',
            ({ figure }) => ratio(figure(`tests${count}`), figure(`testsWiremock${count}`)))),
];

const page = [
  under("the dashboard's first paint < 100 ms", 100, 'ms', ({ figure }) => figure('paintMs')),
  atMost('the slowest click in the dashboard, while 200 events a second arrive <= 200 ms', 200, 'ms',
         ({ figure }) => figure('clickMs')),
];

const state = [
  under('an enrichment with its ledger entry < 500 bytes', 500, 'whole', ({ figure }) => figure('bytesPerEnrichment')),
  atLeast('poll of one among many enrichments >= 0.9 x among 1,000', 0.9, 'times',
          ({ figure }) => ratio(figure('pollsAmongMany'), figure('pollsAmongFew'))),
  atMost('transitions no later than 5 ms at p99', 5, 'ms', ({ figure }) => figure('lateP99')),
  atLeast('callbacks to one sink >= 8,000 a second', 8000, 'whole', ({ figure }) => figure('callbacks1')),
  atLeast('callbacks with 200 hanging receivers >= 0.9 x without', 0.9, 'times',
          ({ figure }) => ratio(figure('callbacksHanging'), figure('callbacks1'))),
  ...['Bodies', 'Keys', 'Patterns', 'Snapshots'].map((name) =>
    atMost(`p99 of one team during another's storm (${name.toLowerCase()}) <= 2 x with a storm on another server`, 2,
           'times', ({ figure }) => figure(`storm${name}`))),
  under('advice about a journal of 10,000 calls < 20 ms', 20, 'ms', ({ figure }) => figure('adviceMs')),
  atMost("p99 of a team's calls during its advice <= 2 x with the advice on another server", 2, 'times',
         ({ figure }) => figure('adviceP99')),
  atMost('mixed load: callbacks that never came and errors: none', 0, 'whole',
         ({ sum }) => (sum('mixedLost') === undefined ? undefined : sum('mixedLost') + sum('mixedErrors'))),
];

export const goals = [...loads, ...processes, ...suites, ...page, ...state];

// Each goal with its value and verdict; goals that were not measured are left out.
export function checkGoals(results) {
  return goals.map(({ text, show: shown, holds, of }) => ({ text, shown, holds, value: of(results) }))
    .filter(({ value }) => value !== undefined)
    .map(({ text, shown, holds, value }) => ({ text, value, shown: shown(value), holds: holds(value) }));
}
