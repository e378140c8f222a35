// The soak test; `soak` in this folder says how to call it.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { mixedLoad } from './mixed.mjs';
import { control, ours, untilQuiet } from './ours.mjs';
import { residentMb, whileRunning } from './processes.mjs';
import { median } from './results.mjs';
import { parseNumber, readPrograms } from './settings.mjs';
import { withSink } from './sinks.mjs';
import { ask } from './workloads.mjs';

const EVERY_MS = 10_000, MINUTE_MS = 60_000;
// Of the median of the last minute, compared with the second half of the first, after which all is filled. Medians, because
// a burst takes memory for some seconds. In ten minutes this finds one byte for each lookup that is not freed.
const MOST_GROWTH = 1.03;
const KEPT = 50_000;

const count = (n) => n.toLocaleString('en');

// Prints the memory every ten seconds until `ended`, and returns { ms, mb } of each.
async function watchMemory(pid, ended) {
  const since = performance.now(), samples = [];
  while (await Promise.race([ended, sleep(EVERY_MS, 'running')]) === 'running') {
    samples.push({ ms: performance.now() - since, mb: residentMb(pid) });
    console.log(`${(samples.at(-1).ms / 1000).toFixed(0).padStart(5)} s ${samples.at(-1).mb.toFixed(1).padStart(7)} MB`);
  }
  return samples;
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

function memoryProblems(samples) {
  const between = (from, to) => median(samples.filter(({ ms }) => ms >= from && ms <= to).map(({ mb }) => mb));
  const first = between(MINUTE_MS / 2, MINUTE_MS + EVERY_MS), last = between(samples.at(-1).ms - MINUTE_MS, Infinity);
  const growth = last / first;
  console.log(`memory: ${first.toFixed(1)} MB in the first minute, ${last.toFixed(1)} MB in the last`);
  return growth > MOST_GROWTH ? [`memory has grown by ${((growth - 1) * 100).toFixed(1)} %`] : [];
}

function loadProblems(result, received, delivered) {
  console.log(`load: ${count(result.requests)} requests, ${count(Math.round(result.rate))} a second, p99 ` +
    `${result.p99.toFixed(1)} ms; ${count(result.resolved)} enrichments seen resolved, ${count(received)} callbacks`);
  const { timeout: late, ...errors } = result.errors;
  if (late > 0) console.log(`load: ${count(late)} responses came after more than 2 s`);  // if the machine is busy
  const failed = Object.entries(errors).filter(([, n]) => n > 0)
    .map(([kind, n]) => `errors of the load: ${n} ${kind}`);
  return received < delivered ? [...failed, `${received} of ${delivered} callbacks came`] : failed;
}

const soak = (programs, minutes) =>
  whileRunning(ours(['--keep-resolved', `${KEPT}`]), programs, ({ url, pid }) => withSink(programs, {}, async (sink) => {
    const { balance: opening } = await control(url, 'credits');
    const load = mixedLoad(url, sink, minutes * 60);
    const [result, samples] = await Promise.all([load, watchMemory(pid, load.then(() => 'ended'))]);
    await untilQuiet(url);
    const { received } = await sink.ask();
    return [...loadProblems(result, received, result.accepted), ...memoryProblems(samples), ...await ledgerProblems(url),
            ...await totalProblems(url, opening)];
  }));

try {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, programs: { type: 'string' } } });
  const minutes = parseNumber('minutes', values.minutes);
  if (minutes < 3) throw new Error('--minutes: at least 3, because the last one is compared with the first');
  const problems = await soak(readPrograms(values.programs), minutes);
  for (const problem of problems) console.log(`FAILED: ${problem}`);
  if (problems.length === 0) console.log('All held.');
  process.exitCode = problems.length > 0 ? 1 : 0;
} catch (error) {
  console.error(`tests/bench/soak: ${error.message}`);
  process.exitCode = 2;
}
