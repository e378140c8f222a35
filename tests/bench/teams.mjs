// What many teams cost: memory, and whether a new one waits longer because there are many.
import { setTimeout as sleep } from 'node:timers/promises';

import { ours } from './ours.mjs';
import { residentMb, whileRunning } from './processes.mjs';
import { median } from './results.mjs';
import { runScript } from './wrk.mjs';

const FEW = 10, MANY = 10_000;
const NEW = 1000, PAIRS = 9;
const QUIET_MS = 500;
const server = ours(['--max-teams', `${10 * MANY}`]);

// Opens that many teams, each with a call for its credits, and returns how many a second.
async function openTeams(url, prefix, count) {
  const settings = { BENCH_KEYS: `${prefix}-`, BENCH_COUNT: `${count}` };
  const { answered, took_us: us, errors } = await runScript('new_keys', url, settings, { connections: 16, seconds: 60 });
  const failed = Object.values(errors).reduce((sum, n) => sum + n, 0);
  if (us === 0 || failed > 0) throw new Error(`${answered} of ${count} calls with new keys were answered, ${failed} failed`);
  return count / us * 1e6;
}

// { teamKb, keysAmongFew, keysAmongMany }: the memory of a team, and how many teams a second are opened.
export const measureTeams = ({ programs }) => whileRunning(server, programs, async (large) => {
  await openTeams(large.url, 'first', FEW);
  const before = residentMb(large.pid);
  await openTeams(large.url, 'many', MANY);
  await sleep(QUIET_MS);
  const teamKb = (residentMb(large.pid) - before) * 1024 / MANY;
  const few = [], many = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    await whileRunning(server, programs, async (small) => {
      await openTeams(small.url, 'first', FEW);
      const turns = [[few, small.url], [many, large.url]];
      for (const [rates, url] of pair % 2 ? turns : turns.reverse()) rates.push(await openTeams(url, `new-${pair}`, NEW));
    });
  }
  return { teamKb, keysAmongFew: median(few), keysAmongMany: median(many) };
});
