// Receivers of callbacks: runs the program sink.cpp and reads its numbers.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { environment } from './processes.mjs';

// Runs `work(sink)` while it listens on that many ports, and on that many more that never answer.
//   sink.urls, sink.hanging  where callbacks go
//   sink.file                always has the number of callbacks, for scripts
//   sink.ask()               { received, first_us, last_us } so far
//   sink.until(count)        the same after `count` callbacks, or after ten seconds without one
export async function withSink(programs, { ports = 1, hanging = 0 }, work) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-sink-')), file = join(folder, 'received');
  const child = spawn(programs.sink, [`${ports}`, `${hanging}`, file], { stdio: ['pipe', 'pipe', 'inherit'], env: environment });
  child.on('error', () => {});
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const readLine = async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${programs.sink} has ended`);
      return JSON.parse(value);
    };
    const ask = () => {
      child.stdin.write('\n');
      return readLine();
    };
    const where = await readLine();
    const urls = (list) => list.map((port) => `http://127.0.0.1:${port}/hook`);
    return await work({ urls: urls(where.ports), hanging: urls(where.hanging), file, ask, until: (count) => until(ask, count) });
  } finally {
    child.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function until(ask, count) {
  let counts = await ask(), since = Date.now();
  while (counts.received < count && Date.now() - since < 10_000) {
    await sleep(100);
    const now = await ask();
    if (now.received > counts.received) since = Date.now();
    counts = now;
  }
  return counts;
}
