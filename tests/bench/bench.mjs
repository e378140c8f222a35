// Measures the peers and prints what came out; `run` beside this file says how it is called.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { judge } from './goals.mjs';
import { measureIdle, measureLoad, measureStarts } from './measure.mjs';
import { peers as allPeers } from './peers.mjs';
import { busyPercent } from './processes.mjs';
import { median, Results } from './results.mjs';
import { printReport } from './report.mjs';
import { workloads as allWorkloads } from './workloads.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const IDLE = { connections: 1000, seconds: 4 };

function readSettings() {
  const { values } = parseArgs({ options: {
    seconds: { type: 'string', default: process.env.ENRICHMENT_MOCK_BENCH_SECONDS || '4' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '16,1000' },
    workloads: { type: 'string', default: allWorkloads.map(({ name }) => name).join() },
    peers: { type: 'string', default: allPeers.map(({ name }) => name).join() },
    starts: { type: 'string', default: '20' },
    json: { type: 'string' },
    check: { type: 'boolean', default: false },
    server: { type: 'string' },
    programs: { type: 'string', default: join(ROOT, 'build/bench/tests/bench/programs.json') },
    'no-build': { type: 'boolean' },
  } });
  const number = (name, text = values[name]) => {
    if (/^[1-9]\d*$/.test(text)) return Number(text);
    throw new Error(`--${name}: "${text}" is no number above 0`);
  };
  const choose = (name, all) => values[name].split(',').map((wanted) => all.find((entry) => entry.name === wanted) ??
    fail(`--${name}: no "${wanted}", only ${all.map((entry) => entry.name).join(', ')}`));
  return {
    seconds: number('seconds'), rounds: number('rounds'), starts: number('starts'),
    connections: values.connections.split(',').map((text) => number('connections', text)),
    workloads: choose('workloads', allWorkloads), peers: choose('peers', allPeers),
    json: values.json, check: values.check,
    programs: { ...JSON.parse(readFileSync(values.programs, 'utf8')),
                ...(values.server && { 'enrichment-mock': values.server }) },
  };
}

function fail(message) {
  throw new Error(message);
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

// The peers take turns within each round, in the other direction every second round.
async function measureLoads(results, { peers, workloads, connections, seconds, rounds, programs }) {
  for (let round = 1; round <= rounds; round += 1) {
    const order = round % 2 ? peers : [...peers].reverse();
    for (const workload of workloads) {
      for (const count of connections) {
        for (const peer of order.filter((each) => isMeasured(each, workload.name, count))) {
          progress(`round ${round} of ${rounds}: ${workload.name}, ${count} connections, ${peer.name}`);
          const sample = await measureLoad(peer, programs, workload, { connections: count, seconds });
          results.addLoad({ peer: peer.name, workload: workload.name, connections: count, round, ...sample });
        }
      }
    }
  }
}

const isMeasured = ({ loads }, workload, connections) =>
  !loads || loads.some(([name, count]) => name === workload && count === connections);

async function measureProcesses(results, { peers, starts, programs }) {
  for (const peer of peers.filter(({ loads }) => !loads)) {
    progress(`memory, idle CPU and start of ${peer.name}`);
    const idle = await measureIdle(peer, programs, IDLE);
    const startsMs = peer.needsPort ? undefined : await startsOf(peer, programs, starts);
    results.addProcess({ peer: peer.name, ...idle, startsMs, startMs: startsMs && median(startsMs) });
  }
}

async function startsOf(peer, programs, starts) {
  const folder = mkdtempSync(join(os.tmpdir(), 'bench-starts-'));
  try {
    return await measureStarts(peer, programs, folder, starts);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function describeCommit() {
  try {
    return execFileSync('git', ['--no-optional-locks', '-C', ROOT, 'describe', '--always', '--dirty'],
                        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'no commit';
  }
}

function machine() {
  const commit = describeCommit();
  const cpus = os.cpus();
  return { commit, cpu: cpus[0].model, cores: cpus.length, kernel: os.release(), at: new Date().toISOString() };
}

async function main() {
  const settings = readSettings();
  const { seconds, rounds, starts, json, check, peers } = settings;
  const results = new Results();
  const busy = [await busyPercent()];
  await measureProcesses(results, settings);
  await measureLoads(results, settings);
  busy.push(await busyPercent());
  progress('');
  const verdicts = judge(results);
  const where = { ...machine(), busyPercent: Math.max(...busy) };
  printReport({ machine: where, seconds, rounds, starts, peers, results, verdicts });
  if (json) {
    const record = { machine: where, settings: { seconds, rounds, starts }, medians: results.medians(),
                     processes: results.processes, goals: verdicts, samples: results.loads };
    writeFileSync(json, `${JSON.stringify(record, null, 1)}\n`);
  }
  return check && verdicts.some(({ holds }) => !holds) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  progress('');
  console.error(`tests/bench: ${error.message}`);
  process.exitCode = 2;
}
