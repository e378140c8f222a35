#!/usr/bin/env node
// The command enrichment-mock: runs the program of this platform with the same arguments, streams and exit status.
'use strict';
const { spawn } = require('node:child_process');
const { isatty } = require('node:tty');

const { findBinary } = require('./binary.cjs');

function fail(message) {
  process.stderr.write(`enrichment-mock: ${message}\n`);
  process.exitCode = 1;
}

function run() {
  const child = spawn(findBinary(), process.argv.slice(2), { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => passInterrupt(child));
  stopWithShellOfNpm(child);
  child.once('error', ({ message }) => fail(`cannot run the program: ${message}`));
  child.once('exit', (status, signal) => {
    if (signal === null) {
      process.exitCode = status;
    } else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}

// A terminal sends Ctrl+C to both processes, kill only to this one. A second signal would end the child at once, so the
// child first gets the second in which it stops. The command of exec and audit may need any time.
function passInterrupt(child) {
  if (!['exec', 'audit'].includes(process.argv[2])) setTimeout(() => child.kill('SIGINT'), 1000).unref();
  else if (![0, 1, 2].some(isatty)) child.kill('SIGINT');
}

// npx and `npm run` start a shell, which ends at a signal without passing it on. Node has no event for that.
function stopWithShellOfNpm(child) {
  const shell = process.ppid;
  if (process.env.npm_command) setInterval(() => { if (process.ppid !== shell) child.kill('SIGTERM'); }, 200).unref();
}

try {
  run();
} catch ({ message }) {
  fail(message);
}
