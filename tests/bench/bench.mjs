// Measures the peers and prints the results; `run` in this folder says how to call it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkGoals } from './goals.mjs';
import { machine } from './machine.mjs';
import { measureIdle, measureLoad, measureStarts } from './measure.mjs';
import { isMeasured } from './peers.mjs';
import { busyPercent } from './processes.mjs';
import { printReport } from './report.mjs';
import { median, Results } from './results.mjs';
import { readSettings } from './settings.mjs';

const IDLE = { connections: 1000, seconds: 4 };

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

// If something cannot be measured, it is reported at the end, and the rest is still measured.
async function attempt(results, what, work) {
  progress(what);
  try {
    await work();
  } catch (error) {
    results.addFailure(what, error.message);
  }
}

// The peers take turns within each round, in reverse order every second round.
async function measureLoads(results, { peers, workloads, connections, seconds, programs }, round) {
  const order = round % 2 ? peers : [...peers].reverse();
  for (const workload of workloads) {
    for (const count of connections) {
      for (const peer of order.filter((each) => isMeasured(each, workload.name, count))) {
        await attempt(results, `round ${round}: ${workload.name}, ${count} connections, ${peer.name}`, async () => {
          const sample = await measureLoad(peer, programs, workload, { connections: count, seconds });
          results.addLoad({ peer: peer.name, workload: workload.name, connections: count, round, ...sample });
        });
      }
    }
  }
}

async function measureFigures(results, settings, round) {
  for (const { name, run, once } of settings.measurements) {
    if (once && round > 1) continue;
    await attempt(results, `round ${round}: ${name}`, async () => results.addFigures(await run(settings)));
  }
}

async function measureProcesses(results, { peers, starts, programs }) {
  for (const peer of peers.filter(({ variant }) => !variant)) {
    await attempt(results, `memory, idle CPU and start of ${peer.name}`, async () => {
      const idle = await measureIdle(peer, programs, IDLE);
      const startsMs = peer.needsPort ? undefined : await startsOf(peer, programs, starts);
      results.addProcess({ peer: peer.name, installedMb: peer.installedMb?.(programs), ...idle, startsMs, startMs: startsMs && median(startsMs) });
    });
  }
}

async function startsOf(peer, programs, starts) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-starts-'));
  try {
    return await measureStarts(peer, programs, folder, Math.min(starts, peer.mostStarts ?? starts));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// The peers that can be measured here; for the others it prints why not.
function present(results, peers) {
  const missing = peers.map((peer) => [peer.name, peer.missing?.()]).filter(([, why]) => why);
  for (const [name, why] of missing) results.addFailure(name, why);
  return peers.filter(({ name }) => !missing.some(([other]) => other === name));
}

async function measure(settings) {
  const results = new Results();
  const here = { ...settings, peers: present(results, settings.peers) };
  await measureProcesses(results, here);
  for (let round = 1; round <= settings.rounds; round += 1) {
    await measureLoads(results, here, round);
    await measureFigures(results, here, round);
  }
  progress('');
  return results;
}

// The command that makes the same measurements again.
const again = (args) => ['tests/bench/run', ...args.filter((arg, n) =>
  !['--json', '--no-build', '--check'].includes(arg.split('=')[0]) && args[n - 1] !== '--json')].join(' ');

async function main(args) {
  const settings = readSettings(args);
  const busy = [await busyPercent()];
  const results = await measure(settings);
  busy.push(await busyPercent());
  const goals = checkGoals(results);
  const { seconds, rounds, starts, many, requests, peers } = settings;
  const record = { command: again(args), machine: { ...machine(), busyPercent: Math.max(...busy) },
                   settings: { seconds, rounds, starts, many, requests }, peers: peers.map(({ name, about }) => ({ name, about })),
                   goals, ...results.record() };
  printReport(record);
  if (settings.json) writeFileSync(settings.json, `${JSON.stringify(record, null, 1)}\n`);
  const ourFailure = results.failures.some(({ what }) => !peers.some(({ name, fromNpm }) => fromNpm && what.endsWith(name)));
  return settings.check && (ourFailure || goals.some(({ holds }) => !holds)) ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  progress('');
  console.error(`tests/bench: ${error.message}`);
  process.exitCode = 2;
}
