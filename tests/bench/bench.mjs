// Measures the peers and prints the results; `run` in this folder says how to call it.
import { readFileSync, writeFileSync } from 'node:fs';

import { checkGoals } from './goals.mjs';
import { recordedInstructions } from './instructions.mjs';
import { machine } from './machine.mjs';
import { measureIdle, measureLoad, measureStart } from './measure.mjs';
import { isMeasured } from './peers.mjs';
import { busyPercent } from './processes.mjs';
import { printReport } from './report.mjs';
import { Results } from './results.mjs';
import { readSettings } from './settings.mjs';
import { readRecord } from './table.mjs';

const IDLE = { connections: 1000, seconds: 3 };

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
const turns = (peers, round) => (round % 2 ? peers : [...peers].reverse());

async function measureLoads(results, { peers, workloads, connections, seconds, programs }, round) {
  const order = turns(peers, round);
  for (const workload of workloads) {
    for (const count of connections) {
      for (const peer of order.filter((each) => isMeasured(each, workload, count))) {
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

// The starts are divided among the rounds, and the servers take turns with each.
async function measureProcesses(results, { peers, starts, rounds, programs }, round) {
  const order = turns(peers.filter(({ variant }) => !variant), round);
  for (const peer of order) {
    await attempt(results, `round ${round}: memory and idle CPU of ${peer.name}`, async () => {
      const idle = await measureIdle(peer, programs, IDLE);
      results.addProcess({ peer: peer.name, round, installedMb: peer.installedMb?.(programs), ...idle });
    });
  }
  const started = order.filter(({ needsPort }) => !needsPort);
  const inRound = (most) => Math.ceil(most / rounds);
  for (let start = 1; start <= inRound(starts); start += 1) {
    for (const peer of started.filter(({ mostStarts }) => start <= inRound(mostStarts ?? starts))) {
      await attempt(results, `round ${round}: start of ${peer.name}`, async () =>
        results.addStart(peer.name, await measureStart(peer, programs)));
    }
  }
}

// The peers that can be measured here; for the others it prints why not.
async function present(results, { peers, programs }) {
  const found = [];
  for (const peer of peers) {
    const why = await peer.missing?.(programs);
    if (why) results.addFailure(peer.name, why);
    else found.push(peer);
  }
  return found;
}

async function measure(results, settings) {
  const here = { ...settings, peers: await present(results, settings) };
  for (let round = 1; round <= settings.rounds; round += 1) {
    if (settings.idle) await measureProcesses(results, here, round);
    await measureLoads(results, here, round);
    await measureFigures(results, here, round);
  }
  progress('');
}

// The command that makes the same measurements again.
const again = (args) => ['tests/bench/run', ...args.filter((arg, n) =>
  !['--json', '--add', '--no-build'].includes(arg.split('=')[0]) && args[n - 1] !== '--json')].join(' ');

// What is written with --json. Peers and settings of `earlier`, to which this run was added, stay.
function recordOf(results, { seconds, rounds, starts, many, requests, peers }, command, busyPercent, earlier) {
  const about = [...(earlier?.peers ?? []), ...peers.map(({ name, about: what }) => ({ name, about: what }))];
  const here = machine();
  return {
    instructions: recordedInstructions(),
    commands: [...new Set([...(earlier?.commands ?? []), command])],
    machine: { ...here, at: earlier?.machine.at ?? here.at, busyPercent: Math.max(busyPercent, earlier?.machine.busyPercent ?? 0) },
    settings: { seconds, rounds: results.rounds() ?? rounds, starts, many, requests },
    peers: about.filter(({ name }, n) => about.findIndex((other) => other.name === name) === n),
    ...checkGoals(results), ...results.record(),
  };
}

async function main(args) {
  const settings = readSettings(args);
  const earlier = settings.add ? readRecord(readFileSync(settings.json, 'utf8')) : undefined;
  const results = new Results(earlier);
  const before = await busyPercent();
  await measure(results, settings);
  const record = recordOf(results, settings, again(args), Math.max(before, await busyPercent()), earlier);
  printReport(record);
  if (settings.json) writeFileSync(settings.json, `${JSON.stringify(record, null, 1)}\n`);
  const ourFailure = results.failures.some(({ what }) => !settings.peers.some(({ name, fromNpm }) => fromNpm && what.endsWith(name)));
  const hasGap = settings.isWhole && record.unmeasured.length > 0;
  return ourFailure || hasGap || record.goals.some(({ holds }) => !holds) ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  progress('');
  console.error(`tests/bench: ${error.message}`);
  process.exitCode = 2;
}
