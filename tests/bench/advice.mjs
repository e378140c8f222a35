// How long the advice about a full journal takes, and whether it delays other calls of the team. It takes CPU from
// everything on the machine, so its effect is compared with the effect of the same calls on another server.
import { control, ours, untilQuiet } from './ours.mjs';
import { whileRunning } from './processes.mjs';
import { median } from './results.mjs';
import { workloads } from './workloads.mjs';
import { cleanRate, fill, load } from './wrk.mjs';

const CALLS = 10_000; // in the journal, which has room for those that are measured
const PAIRS = 3;
const NEIGHBOUR = { connections: 8, seconds: 2, pauseMs: 4 };
const server = ours(['--journal-size', `${10 * CALLS}`, '--journal-bytes', '256MB', '--journal-total-bytes', '512MB']);
const credits = workloads.find(({ name }) => name === 'credits');

const withFullJournal = (programs, work) => whileRunning(server, programs, async ({ url }) => {
  await fill(url, CALLS);
  await untilQuiet(url);
  return work(url);
});

async function askFor(url) {
  const advice = await control(url, 'advice?finished=true');
  if (!advice.complete || advice.findings.length === 0) throw new Error(`the advice is ${JSON.stringify(advice)}`);
}

async function p99Beside(url, advised) {
  let ended = false;
  const advising = (async () => { while (!ended) await askFor(advised); })();
  const loading = credits.request(url).then((request) => load(url, request, NEIGHBOUR)).finally(() => { ended = true; });
  const [result] = await Promise.all([loading, advising]);
  cleanRate(result);
  return result.p99;
}

// { adviceMs, adviceP99 }: the time of a call, and p99 of the team's other calls divided by that with the advice elsewhere.
export const measureAdvice = ({ programs }) => withFullJournal(programs, async (url) => {
  await askFor(url);
  const call = { method: 'GET', path: '/__admin/advice?finished=true' };
  const { p50 } = await load(url, call, { connections: 1, seconds: 2 });
  const adviceP99 = await withFullJournal(programs, async (elsewhere) => {
    const same = [], other = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const turns = [[same, url], [other, elsewhere]];
      for (const [p99s, advised] of pair % 2 ? turns : turns.reverse()) p99s.push(await p99Beside(url, advised));
    }
    return median(same) / median(other);
  });
  return { adviceMs: p50, adviceP99 };
});
