// What is measured for our server only, in addition to the loads, the start and the memory of all servers.
import { measureAdvice } from './advice.mjs';
import { measureCallbacks } from './callbacks.mjs';
import { measureFairness } from './fairness.mjs';
import { measureInstructions } from './instructions.mjs';
import { measureLateness } from './lateness.mjs';
import { measureJournal, measureMillion } from './million.mjs';
import { measureMixed } from './mixed.mjs';
import { measurePage } from './page.mjs';
import { measureStop } from './stopping.mjs';
import { measureTeams } from './teams.mjs';
import { measureMemory, measurePosts, measureTestCalls } from './test_calls.mjs';

// run(settings) returns figures by name. `once`: not in every round, because it has its own rounds.
export const measurements = [
  { name: 'tests', run: measureTestCalls },
  { name: 'posts', run: measurePosts },
  { name: 'memory', run: measureMemory, once: true },
  { name: 'instructions', run: measureInstructions, once: true },
  { name: 'teams', run: measureTeams },
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

// The text of each figure; {many} is from the settings. A figure without an entry is only used by others, or in the
// comparison of servers.
const figures = [
  { name: 'instructionsPost', text: 'instructions of a POST, with its lookup', show: whole },
  { name: 'instructionsPoll', text: 'instructions of a GET', show: whole },
  { name: 'teamKb', text: 'memory of a team that has made one call, among 10,000', show: fixed(1, 'KB') },
  { name: 'keysAmongFew', text: 'calls with new keys a second, among 10 teams', show: whole },
  { name: 'keysAmongMany', text: 'calls with new keys a second, among 10,000 teams', show: whole },
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
    .map(({ name, text, show }) => [text.replace('{many}', whole(settings.many)), show(measured[name])]);
