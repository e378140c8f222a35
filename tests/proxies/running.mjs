// Proxies and mocks as child processes, for the tests of this folder.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';

import { PATIENCE } from '../clients/testing.mjs';

const PATH = `${process.env.PATH}:/usr/local/sbin:/usr/sbin`; // Debian's folder of servers

export const isMissing = (program) => (spawnSync(program, ['-v'], { env: { PATH } }).error ? `no ${program} here` : false);

// A program that runs until it is stopped. `accepts()` resolves to true as soon as it can be used.
export async function startProgram(program, args, { env = {}, accepts }) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH, ...env } });
  const killChild = () => child.kill('SIGKILL');
  process.once('exit', killChild);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { output += text; });
  const ended = once(child, 'exit');
  const patience = Date.now() + PATIENCE;
  while (!(await accepts())) {
    assert.ok(child.exitCode === null && Date.now() < patience, `${program}: ${output}`);
    await setTimeout(10);
  }
  return {
    // Waits until it has printed this, that often.
    async prints(pattern, times) {
      while ([...output.matchAll(pattern)].length < times) await once(child.stderr, 'data');
    },
    signal: (name) => child.kill(name),
    // Also of a program that has ended.
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
      process.removeListener('exit', killChild);
    },
  };
}
