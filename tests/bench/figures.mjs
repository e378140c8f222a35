// What is measured for our server only, in addition to the loads, the start and the memory of all servers.
import { measureAdvice } from './advice.mjs';
import { measureCallbacks } from './callbacks.mjs';
import { measureFairness } from './fairness.mjs';
import { measureLateness } from './lateness.mjs';
import { measureJournal, measureMillion } from './million.mjs';
import { measureMixed } from './mixed.mjs';
import { measurePage } from './page.mjs';
import { measureStop } from './stopping.mjs';
import { measureMemory, measurePosts, measureTestCalls } from './test_calls.mjs';

// run(settings) returns figures by name. `once`: not in every round, because it has its own rounds.
export const measurements = [
  { name: 'tests', run: measureTestCalls },
  { name: 'posts', run: measurePosts },
  { name: 'memory', run: measureMemory, once: true },
  { name: 'mixed', run: measureMixed },
  { name: 'callbacks', run: measureCallbacks },
  { name: 'lateness', run: measureLateness },
  { name: 'fairness', run: measureFairness },
  { name: 'stop', run: measureStop },
  { name: 'advice', run: measureAdvice },
  { name: 'page', run: measurePage },
  { name: 'journal', run: measureJournal },
  { name: 'million', run: measureMillion, once: true },
];

const whole = (n) => Math.round(n).toLocaleString('en'), fixed = (digits, unit) => (n) => `${n.toFixed(digits)} ${unit}`;
const ms = fixed(1, 'ms');

// The text of each figure; {many} and {requests} are from the settings. A figure without an entry is only used by others.
const figures = [
  ...[[1, 'one client'], [16, '16 clients']].flatMap(([count, clients]) => [
    { name: `tests${count}`, text: `tests a second with ${clients}: POST, settle, verify and reset on a new team`, show: whole },
    { name: `testsWiremock${count}`, text: `tests a second with ${clients} in WireMock: POST, GET, count, remove`, show: whole },
  ]),
  { name: 'postMs', text: 'a POST by fetch, one after the other', show: fixed(2, 'ms') },
  { name: 'mswPostMs', text: "the same in MSW, within the client's process", show: fixed(2, 'ms') },
  { name: 'usedMb', text: 'memory after {requests} POSTs', show: fixed(0, 'MB') },
  { name: 'usedWiremockMb', text: 'memory of WireMock after {requests} POSTs', show: fixed(0, 'MB') },
  { name: 'mixedRate', text: 'mixed load, requests a second', show: whole },
  { name: 'mixedResolved', text: 'mixed load, enrichments that a client saw resolved a second', show: whole },
  { name: 'mixedCallbacks', text: 'mixed load, callbacks received a second', show: whole },
  { name: 'mixedCpuUs', text: "mixed load, the server's CPU for each request, callbacks included", show: fixed(1, 'µs') },
  { name: 'mixedP99', text: 'mixed load, p99 of an answer', show: ms },
  { name: 'mixedLost', text: 'mixed load, callbacks that never came', show: whole },
  { name: 'callbacks1', text: 'callbacks a second to one receiver', show: whole },
  { name: 'callbacks100', text: 'callbacks a second to 100 receivers', show: whole },
  { name: 'callbacksHanging', text: 'callbacks a second to one receiver, while 200 receivers do not answer', show: whole },
  { name: 'lateP50', text: 'lateness of a transition, p50', show: ms },
  { name: 'lateP99', text: 'lateness of a transition, p99', show: ms },
  { name: 'lateMax', text: 'lateness of a transition, the latest', show: ms },
  ...Object.entries({ Bodies: 'bodies of 1 MB', Keys: 'new keys', Patterns: 'patterns with many stars',
                      Snapshots: 'snapshots of 20,000 enrichments' }).map(([name, text]) => ({
    name: `storm${name}`, show: fixed(2, 'x'),
    text: `p99 of one team during another's storm of ${text}, divided by p99 with the storm on another server` })),
  { name: 'adviceMs', text: 'advice about a journal of 10,000 calls', show: ms },
  { name: 'adviceP99', show: fixed(2, 'x'),
    text: "p99 of a team's calls during its advice, divided by p99 with the advice on another server" },
  { name: 'stopMs', text: 'SIGTERM to exit with 1,000 open connections', show: ms },
  { name: 'inFlightAnswered', text: 'requests in flight at SIGTERM that were answered, of 20', show: whole },
  { name: 'paintMs', text: "the dashboard's first paint", show: ms },
  { name: 'clickMs', text: 'the slowest click in the dashboard, while 200 events a second arrive', show: ms },
  { name: 'bytesPerEnrichment', text: 'memory for each of {many} enrichments, with its ledger entry',
    show: fixed(0, 'bytes') },
  { name: 'journalMb', text: 'memory of a full journal', show: fixed(1, 'MB') },
  { name: 'pollsAmongFew', text: 'polls a second with 1,000 enrichments stored', show: whole },
  { name: 'pollsAmongMany', text: 'polls a second with {many} stored', show: whole },
  { name: 'postsAmongFew', text: 'POSTs a second with 1,000 enrichments stored', show: whole },
  { name: 'postsAmongMany', text: 'POSTs a second with {many} stored', show: whole },
];

// The figures that a run recorded, as [text, value].
export const described = ({ figures: measured, settings }) =>
  figures.filter(({ name }) => measured[name] !== undefined)
    .map(({ name, text, show }) => [text.replace(/{(many|requests)}/, (_, setting) => whole(settings[setting])), show(measured[name])]);
