// The goals for the server, one an entry. `of(results)` is the measured value, undefined if it was not measured.
//   results.load(peer, workload, connections), results.process(peer), results.figure(name): medians, or undefined
//   results.sum(name): the sum of all samples of a figure
//   results.errors(peers, connections?): errors and timeouts in all their loads, or in loads with that many connections
import { GROWTH } from './instructions.mjs';
import { BARE, MANY_RULES, NGINX, NODE, NO_JOURNAL, ONE_RULE, OURS, STATE, STATIC } from './peers.mjs';

const ratio = (a, b) => (a === undefined || b === undefined ? undefined : a / b);
const show = { times: (n) => `${n.toFixed(2)} x`, exact: (n) => `${n.toFixed(3)} x`, ms: (n) => `${n.toFixed(1)} ms`,
               mb: (n) => `${n.toFixed(1)} MB`, kb: (n) => `${n.toFixed(1)} KB`, percent: (n) => `${n.toFixed(2)} %`,
               whole: (n) => Math.round(n).toLocaleString('en') };

const atLeast = (text, bound, shown, of) => ({ text, show: show[shown], holds: (n) => n >= bound, of });
const atMost = (text, bound, shown, of) => ({ text, show: show[shown], holds: (n) => n <= bound, of });
const under = (text, bound, shown, of) => ({ text, show: show[shown], holds: (n) => n < bound, of });

const OURS_ALL = [OURS, NO_JOURNAL, STATE, ONE_RULE, MANY_RULES];

// One measured value of a peer's load, divided by the same of another peer.
const compared = (value, workload, connections, one, other) => ({ load }) =>
  ratio(load(one, workload, connections)?.[value], load(other, workload, connections)?.[value]);

function againstFastestInNode({ load }) {
  const rates = NODE.map((name) => load(name, 'post', 16)?.rate).filter((rate) => rate !== undefined);
  return rates.length === NODE.length ? ratio(load(OURS, 'post', 16)?.rate, Math.max(...rates)) : undefined;
}

const WORDS = { rate: 'throughput', p99: 'p99', cpuUs: 'CPU per request' };

// A value against the same value of another server, in one load.
const against = (what, value, workload, connections, bound, other) => {
  const goal = value === 'rate' ? atLeast : atMost, sign = value === 'rate' ? '>=' : '<=';
  return goal(`${what}: ${WORDS[value]} ${sign} ${bound} x ${other}`, bound, 'times',
              compared(value, workload, connections, OURS, other));
};

const at1 = 'POST at 1 connection', at16 = 'POST at 16 connections', at1000 = 'POST at 1,000 connections';
const atBusy = 'POST at 1 connection, next to two busy processes';

const loads = [
  against(at1, 'rate', 'post', 1, 1.2, BARE),
  against(at1, 'p99', 'post', 1, 1.5, BARE),
  against(atBusy, 'rate', 'post-busy', 1, 1.2, BARE),
  against(atBusy, 'p99', 'post-busy', 1, 1.5, BARE),
  against(at16, 'rate', 'post', 16, 1.8, BARE),
  against(at16, 'rate', 'post', 16, 0.5, NGINX),
  against(at16, 'cpuUs', 'post', 16, 0.4, BARE),
  against(at16, 'p99', 'post', 16, 1, BARE),
  atLeast(`${at16}: throughput >= 10 x the fastest mock in Node`, 10, 'times', againstFastestInNode),
  against(at1000, 'rate', 'post', 1000, 8, BARE),
  against(at1000, 'rate', 'post', 1000, 0.7, NGINX),
  against(at1000, 'p99', 'post', 1000, 2.5, NGINX),
  under(`${at1000}: p99 < 30 ms`, 30, 'ms', ({ load }) => load(OURS, 'post', 1000)?.p99),
  against('GET of an enrichment at 16 connections', 'rate', 'poll', 16, 2.2, BARE),
  against('GET of the credits at 16 connections', 'rate', 'credits', 16, 2.2, BARE),
  atMost('no error or timeout at 1,000 connections', 0, 'whole', ({ errors }) => errors([OURS], 1000)),
  atMost('no error or timeout in any load', 0, 'whole', ({ errors }) => errors(OURS_ALL)),
  atLeast('POST with journal and events on: throughput >= 0.85 x without', 0.85, 'times',
          compared('rate', 'post', 16, OURS, NO_JOURNAL)),
  atLeast('POST with --state at 16 connections: throughput >= 0.5 x without', 0.5, 'times',
          compared('rate', 'post', 16, STATE, OURS)),
  atMost('POST with --state at 16 connections: p99 <= 3 x without', 3, 'times',
         compared('p99', 'post', 16, STATE, OURS)),
  atLeast('POST with 1,000 rules: throughput >= 0.7 x with one', 0.7, 'times',
          compared('rate', 'post', 16, MANY_RULES, ONE_RULE)),
];

const processes = [
  atMost('start of the static program to its first answer <= 1 x bare', 1, 'times',
         ({ process }) => ratio(process(STATIC)?.startMs, process(BARE)?.startMs)),
  under('start to first answer < 10 ms', 10, 'ms', ({ process }) => process(OURS)?.startMs),
  atMost('memory of the static program when idle <= 10 MB', 10, 'mb', ({ process }) => process(STATIC)?.idleMb),
  atMost('memory of the static program with 1,000 connections <= 16 MB', 16, 'mb',
         ({ process }) => process(STATIC)?.connectedMb),
  under('idle CPU with 1,000 connections < 1 % of a core', 1, 'percent', ({ process }) => process(OURS)?.idleCpuPercent),
  under('SIGTERM to exit with 1,000 connections < 150 ms', 150, 'ms', ({ figure }) => figure('stopMs')),
  atLeast('requests in flight at SIGTERM that are answered: all', 1, 'times',
          ({ sum }) => ratio(sum('inFlightAnswered'), sum('inFlight'))),
];

const instructions = ['Post', 'Poll'].map((name) =>
  atMost(`instructions of a ${name.toUpperCase()} <= ${GROWTH} x the recorded ones of this compiler`, GROWTH, 'exact',
         ({ figure }) => ratio(figure(`instructions${name}`), figure(`recordedInstructions${name}`))));

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
  atMost('a team that has read its credits once, among 10,000 <= 6 KB', 6, 'kb', ({ figure }) => figure('teamKb')),
  atLeast('calls with new keys among 10,000 >= 0.95 x among 10', 0.95, 'times',
          ({ figure }) => ratio(figure('keysAmongMany'), figure('keysAmongFew'))),
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

export const goals = [...loads, ...processes, ...instructions, ...suites, ...page, ...state];

// { goals, unmeasured }: each goal with its value and verdict, and the texts of those without a value.
export function checkGoals(results) {
  const values = goals.map((goal) => ({ ...goal, value: goal.of(results) }));
  return {
    goals: values.filter(({ value }) => value !== undefined)
      .map(({ text, show: shown, holds, value }) => ({ text, value, shown: shown(value), holds: holds(value) })),
    unmeasured: values.filter(({ value }) => value === undefined).map(({ text }) => text),
  };
}
