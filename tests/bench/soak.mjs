// The soak test; `soak` in this folder says how to call it.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { mixedLoad } from './mixed.mjs';
import { control, ours, untilQuiet } from './ours.mjs';
import { residentMb, whileRunning } from './processes.mjs';
import { parseNumber, readPrograms } from './settings.mjs';
import { withSink } from './sinks.mjs';
import { ask } from './workloads.mjs';

const EVERY_MS = 10_000;
// Of the memory after the load, compared with the memory after its first minute, by which all is filled. Both are measured
// when nothing is open and the senders have ended: under load it depends on how busy the machine is.
const MOST_GROWTH = 1.03, SENDERS_END_MS = 8000;
const KEPT = 50_000;

const count = (n) => n.toLocaleString('en');

// Prints the memory every ten seconds until `ended`.
async function watchMemory(pid, ended) {
  const since = performance.now();
  while (await Promise.race([ended, sleep(EVERY_MS, 'running')]) === 'running') {
    const seconds = ((performance.now() - since) / 1000).toFixed(0);
    console.log(`${seconds.padStart(5)} s ${residentMb(pid).toFixed(1).padStart(7)} MB`);
  }
}

// All movements that are still listed: each balance is the previous one plus the amount, from the opening or the
// carried sum to the API's balance.
async function ledgerProblems(url) {
  const problems = [];
  let after = '', balance, charges = 0, listed = 0;
  do {
    const page = await control(url, `ledger?limit=1000${after}`);
    for (const { amount, kind, balance: told } of page.movements) {
      const fits = balance === undefined || balance + amount === told;
      if (!fits) problems.push(`a ${kind} of ${amount} makes ${balance} ${told}`);
      balance = told;
      listed += 1;
      charges += kind === 'charge' ? 1 : 0;
    }
    after = page.next === null ? undefined : `&after=${page.next}`;
  } while (after);
  const { balance: now } = await control(url, 'credits');
  if (balance !== now) problems.push(`the ledger ends at ${balance}, the balance is ${now}`);
  console.log(`ledger: ${count(listed)} movements listed, ${count(charges)} of them charges, which end at ${count(now)}`);
  return problems;
}

// Opening + added − charged = balance, with nothing added; a charge for each completed lookup; no exhausted callback.
async function totalProblems(url, opening) {
  const { balance } = await control(url, 'credits');
  const { text } = await ask(url, { path: '/__admin/metrics' });
  const total = (name) => Number(text.split('\n').find((line) => line.startsWith(`enrichment_mock_${name} `)).split(' ')[1]);
  const completed = total('lookups_total{outcome="completed"}'), charged = total('credits_charged_total');
  const exhausted = total('callbacks_total{state="exhausted"}');
  console.log(`credits: ${count(opening)} at first, ${count(charged)} charged for ${count(completed)} completed lookups, ` +
    `${count(balance)} left`);
  return [
    ...(opening - charged === balance ? [] : [`${opening} credits less ${charged} are not ${balance}`]),
    ...(charged === completed ? [] : [`${charged} credits were charged for ${completed} completed lookups`]),
    ...(exhausted === 0 ? [] : [`${exhausted} callbacks were given up`]),
  ];
}

async function quietMb(url, pid) {
  await untilQuiet(url);
  await sleep(SENDERS_END_MS);
  return residentMb(pid);
}

function memoryProblems(first, last) {
  console.log(`memory at rest: ${first.toFixed(1)} MB after the first minute, ${last.toFixed(1)} MB at the end`);
  const growth = last / first;
  return growth > MOST_GROWTH ? [`memory has grown by ${((growth - 1) * 100).toFixed(1)} %`] : [];
}

function errorsOf({ errors: { timeout: late, ...errors } }) {
  if (late > 0) console.log(`load: ${count(late)} responses came after more than 2 s`);  // if the machine is busy
  return Object.entries(errors).filter(([, n]) => n > 0).map(([kind, n]) => `errors of the load: ${n} ${kind}`);
}

function loadProblems(result, received, delivered) {
  console.log(`load: ${count(result.requests)} requests, ${count(Math.round(result.rate))} a second, p99 ` +
    `${result.p99.toFixed(1)} ms; ${count(result.resolved)} enrichments seen resolved, ${count(received)} callbacks`);
  const failed = errorsOf(result);
  return received < delivered ? [...failed, `${received} of ${delivered} callbacks came`] : failed;
}

const soak = (programs, minutes) =>
  whileRunning(ours(['--keep-resolved', `${KEPT}`]), programs, ({ url, pid }) => withSink(programs, {}, async (sink) => {
    const { balance: opening } = await control(url, 'credits');
    const run = async (seconds) => {
      const load = mixedLoad(url, sink, seconds);
      const [result] = await Promise.all([load, watchMemory(pid, load.then(() => 'ended', () => 'ended'))]);
      return { result, mb: await quietMb(url, pid) };
    };
    const first = await run(60), rest = await run((minutes - 1) * 60);
    const { received } = await sink.ask();
    return [...loadProblems(rest.result, received, first.result.accepted + rest.result.accepted),
            ...errorsOf(first.result), ...memoryProblems(first.mb, rest.mb), ...await ledgerProblems(url),
            ...await totalProblems(url, opening)];
  }));

try {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, programs: { type: 'string' } } });
  const minutes = parseNumber('minutes', values.minutes);
  if (minutes < 2) throw new Error('--minutes: at least 2, because the memory is compared with the first');
  const problems = await soak(readPrograms(values.programs), minutes);
  for (const problem of problems) console.log(`FAILED: ${problem}`);
  if (problems.length === 0) console.log('All held.');
  process.exitCode = problems.length > 0 ? 1 : 0;
} catch (error) {
  console.error(`tests/bench/soak: ${error.message}`);
  process.exitCode = 2;
}
