// How late transitions are: from their due time to when a listener to GET /__admin/events has read the event. Due
// times are in whole milliseconds, rounded down, so the result may be up to one too high.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import { ours } from './ours.mjs';
import { environment, whileRunning } from './processes.mjs';
import { percentile } from './results.mjs';
import { fill } from './wrk.mjs';

const LEAD_MS = 8_000;  // until the first is due: time to request them all
const SPREAD_S = 10;

const scenario = { name: 'spread', lookup: { pending: `${LEAD_MS}ms`, jitter: `${SPREAD_S}s`, processing: { polls: 1 } } };

// In milliseconds, for that many pending lookups spread over ten seconds, without load while they become due.
export const measureLateness = ({ programs, pending }) => whileRunning(ours([], scenario), programs, async ({ url }) => {
  const late = await withArrivals(programs, url, pending, async () => {
    const started = performance.now();
    await fill(url, pending);
    if (performance.now() - started > LEAD_MS) throw new Error('lookups fell due while others were still asked for');
  });
  if (late.length !== pending) throw new Error(`heard of ${late.length} transitions of ${pending}`);
  return { lateP50: percentile(late, 50), lateP99: percentile(late, 99), lateMax: percentile(late, 100) };
});

// Runs `work` once the listener is connected, and returns how late each transition was.
async function withArrivals(programs, url, count, work) {
  const patience = LEAD_MS / 1000 + 2 * SPREAD_S;
  const args = [new URL(url).port, `${count}`, `${patience}`];
  const child = spawn(programs.event_arrivals, args, { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
  child.on('error', () => {});
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    if ((await lines.next()).done) throw new Error(`${programs.event_arrivals} does not listen`);
    await work();
    const late = [];
    for await (const line of lines) late.push(lateness(line));
    return late;
  } finally {
    child.kill();
  }
}

function lateness(line) {
  const blank = line.indexOf(' ');
  return Number(line.slice(0, blank)) / 1000 - Date.parse(JSON.parse(line.slice(blank)).at);
}
