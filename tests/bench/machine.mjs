// The machine and the version of a run.
import { execFileSync } from 'node:child_process';
import os from 'node:os';

import { ROOT } from './settings.mjs';

function describeCommit() {
  try {
    return execFileSync('git', ['--no-optional-locks', '-C', ROOT, 'describe', '--always', '--dirty'],
                        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'no commit';
  }
}

export function machine() {
  const cpus = os.cpus();
  return { commit: describeCommit(), cpu: cpus[0].model.trim(), cores: cpus.length, kernel: os.release(),
           at: new Date().toISOString() };
}
