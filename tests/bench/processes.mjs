// Servers as child processes: starts them, measures their resources, ends them by their own pid.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ask } from './workloads.mjs';

const TICKS_PER_SECOND = 100;  // USER_HZ, the same on every known Linux
const PATIENCE_MS = 10_000;

// The server would read its settings from such variables; it is measured with its flags only.
export const environment =
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ENRICHMENT_MOCK_')));

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const running = new Set();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

// Waits for `work`, the result of a promisified execFile(). Its process ends with this one, in whatever way it ends.
export async function whileTracked(work) {
  running.add(work.child);
  try {
    return await work;
  } finally {
    running.delete(work.child);
  }
}

// Runs `work({ url, pid, exited })` while the peer is running, in a new folder that is removed afterwards; `exited` is
// fulfilled once it has exited.
export async function whileRunning(peer, programs, work) {
  const folder = mkdtempSync(join(tmpdir(), `bench-${peer.name}-`));
  const port = await freePort();
  const [program, ...args] = await peer.command({ programs, folder }, port);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env: environment });
  running.add(child);
  const exited = once(child, 'exit').catch(() => {});  // fails when there is no such program
  try {
    const url = `http://127.0.0.1:${port}`;
    await untilUp(child, url, peer.health);
    return await work({ url, pid: child.pid, exited });
  } finally {
    await end(child, exited);
    rmSync(folder, { recursive: true, force: true });
  }
}

const gone = (child) => child.exitCode !== null || child.signalCode !== null;

async function untilUp(child, url, path) {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until;) {
    if (gone(child)) throw new Error(`${child.spawnfile} exited before it answered`);
    const answer = await ask(url, { path }).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(10);
  }
  throw new Error(`${child.spawnfile} does not answer GET ${path} with 200`);
}

async function end(child, exited) {
  if (!gone(child)) {
    child.kill('SIGTERM');
    await Promise.race([exited, sleep(PATIENCE_MS, undefined, { ref: false })]);
    if (!gone(child)) child.kill('SIGKILL');
    await exited;
  }
  running.delete(child);
}

// Runs `work(pids)` next to that many processes that only use the CPU. They end with this process, in whatever
// way it ends.
export async function whileBusy(count, work) {
  const loop = `fs.writeSync(1, 'busy'); while (process.ppid === ${process.pid}) for (let n = 0; n < 1e6; n += 1);`;
  const start = () => spawn(process.execPath, ['-e', loop], { stdio: ['ignore', 'pipe', 'inherit'] });
  const children = Array.from({ length: count }, start);
  children.forEach((child) => running.add(child));
  const exited = children.map((child) => once(child, 'exit').catch(() => {}));
  try {
    await Promise.all(children.map((child) => once(child.stdout, 'data')));
    return await work(children.map(({ pid }) => pid));
  } finally {
    await Promise.all(children.map((child, n) => end(child, exited[n])));
  }
}

// How much of all cores other processes use, in percent, during one second in which nothing of ours runs.
export async function busyPercent() {
  const before = coreTimes();
  await sleep(1000);
  const after = coreTimes();
  return 100 * (1 - (after.idle - before.idle) / (after.all - before.all));
}

function coreTimes() {
  const times = cpus().flatMap(({ times }) => Object.entries(times));
  const sum = (entries) => entries.reduce((all, [, ms]) => all + ms, 0);
  return { all: sum(times), idle: sum(times.filter(([name]) => name === 'idle')) };
}

// User and system time so far, of all its threads, also the ended ones.
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');  // from field 3, the state, on
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

export function residentMb(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}
