// The measurements. Each takes a new process of a peer, so that no sample inherits another's state.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

import { holdConnections } from './connections.mjs';
import { cpuSeconds, environment, residentMb, whileBusy, whileRunning } from './processes.mjs';
import { probe } from './workloads.mjs';
import { load } from './wrk.mjs';

const run = promisify(execFile);

// Lookups resolve half a second after their request: their cost counts as the request's cost.
const TAIL_MS = 800;

// One load: wrk's results, and the server's CPU per request in microseconds.
export function measureLoad(peer, programs, workload, { connections, seconds }) {
  return whileRunning(peer, programs, async ({ url, pid }) => {
    const request = await workload.request(url);
    await probe(url, request);
    if (peer.warmUpSeconds) await load(url, request, { connections, seconds: peer.warmUpSeconds });
    const before = cpuSeconds(pid);
    const result = await whileBusy(workload.busy ?? 0, () => load(url, request, { connections, seconds }));
    const memoryMb = residentMb(pid);
    await sleep(TAIL_MS);
    return { ...result, memoryMb, cpuUs: (cpuSeconds(pid) - before) * 1e6 / result.requests };
  });
}

// The cost of an idle process. `idleCpuPercent` is of one core.
export function measureIdle(peer, programs, { connections, seconds }) {
  return whileRunning(peer, programs, async ({ url, pid }) => {
    const idleMb = residentMb(pid);
    const held = await holdConnections(url, peer.health, connections);
    await sleep(TAIL_MS);
    const before = cpuSeconds(pid), since = performance.now();
    await sleep(seconds * 1000);
    const idleCpuPercent = (cpuSeconds(pid) - before) / ((performance.now() - since) / 1000) * 100;
    const connectedMb = residentMb(pid);
    held.close();
    return { idleMb, connectedMb, answered: held.answered, idleCpuPercent };
  });
}

// Milliseconds from spawning to the first 200.
export async function measureStart(peer, programs) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-start-'));
  try {
    const command = await peer.command({ programs, folder }, '{port}');
    const { stdout } = await run(programs.first_answer, ['1', peer.health, ...command], { timeout: 21_000, env: environment });
    return Number(stdout) / 1000;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
