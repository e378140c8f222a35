// Runs what users run, in a new folder, with no settings of this process for the mock, for tools and for CI.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { project } from './root.mjs';

export const work = await mkdtemp(join(tmpdir(), 'enrichment-mock-packages-'));
const started = [];
after(() => {
  for (const child of started) child.kill('SIGKILL'); // what a failed test has left
  return rm(work, { recursive: true, force: true });
});

const PRIVATE = /^(ENRICHMENT_MOCK_|NODE_TEST_CONTEXT$|NODE_OPTIONS$|CI$|GITHUB_|npm_|FORCE_COLOR$|PYTEST|PYTHON|PIP_|VIRTUAL_ENV$)/i;
export const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !PRIVATE.test(name)));
environment.NO_COLOR = '1';

export function start(command, args, { cwd = work, env = {} } = {}) {
  const child = spawn(command, args, { cwd, env: { ...environment, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

// Runs a command and returns its exit status and what it printed.
export async function run(command, args, options) {
  const child = start(command, args, options);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
  const [status, signal] = await once(child, 'close');
  return { status: status ?? signal, output };
}

export async function runOk(command, args, options) {
  const { status, output } = await run(command, args, options);
  assert.equal(status, 0, `${command} ${args.join(' ')}:\n${output}`);
  return output;
}

// Runs a script with the functions of server/packages.sh in the project's folder.
export const install = (script) => runOk('bash', ['-euc', `source server/packages.sh; ${script}`], { cwd: project });

// The architecture of this machine, as static/build calls it.
export const MACHINE = { x64: 'x86_64' }[process.arch] ?? process.arch;

// The program without shared libraries, for 'x86_64' or 'arm64'. ENRICHMENT_MOCK_STATIC_BINARIES is a folder with both, in
// files of these names; without it, they are built.
export async function staticBinary(architecture = MACHINE) {
  const { ENRICHMENT_MOCK_STATIC_BINARIES: folder } = process.env;
  if (folder) return join(folder, architecture);
  await runOk('server/packages/static/build', [architecture], { cwd: project });
  return join(project, `build/static-${architecture}/server/enrichment-mock`);
}

// A command that runs a program for arm64 with qemu.
export async function emulated(program) {
  await install('need command qemu-aarch64-static qemu-user-static -; install_needed');
  const script = join(work, `emulated-${program.replaceAll('/', '-')}`);
  await writeFile(script, `#!/bin/sh\nexec qemu-aarch64-static '${program}' "$@"\n`, { mode: 0o755 });
  return script;
}

// A mock that `command` starts with more arguments: { url, child }. The test ends it.
export async function startMock(command, ...args) {
  const child = start(command, [...args, '--port', '0'], { env: { BROWSER: 'none' } });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
  const ended = once(child, 'close').then(([code]) => assert.fail(`${command} ended with ${code} before it listened: ${said}`));
  const [line] = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), ended]);
  return { url: / listening on (\S+) /.exec(line)[1], child };
}

async function end(child, signal) {
  child.kill(signal);
  return (await once(child, 'exit')).find((each) => each !== null);
}

// An enrichment whose _id a client knows is there after kill -9. `argv` is a command that becomes the program; `file` is the
// state file as it sees it.
export async function assertStateSurvivesKill(argv, file) {
  const [command, ...args] = argv;
  const first = await startMock(command, ...args, '--state', file);
  const headers = { 'x-api-key': 'demo', 'content-type': 'application/json' };
  const body = JSON.stringify({ linkedin_url: 'https://www.linkedin.com/in/jane', type: 'work' });
  const told = await fetch(`${first.url}/v1/api/enrichment/email`, { method: 'POST', headers, body });
  assert.equal(told.status, 201);
  const { _id: id } = await told.json();
  assert.equal(await end(first.child, 'SIGKILL'), 'SIGKILL');

  const second = await startMock(command, ...args, '--state', file);
  const found = await fetch(`${second.url}/v1/api/enrichment/email/${id}`, { headers });
  assert.equal(found.status, 200);
  assert.equal((await found.json())._id, id);
  assert.equal(await runOk(command, [...args, 'state', file, '--check']), `${file}: no faults\n`);
  assert.equal(await end(second.child, 'SIGTERM'), 0);
}

// The command restores the snapshot of a failed test, whose team has one enrichment.
export async function assertRestores(command, file) {
  const { url, child } = await startMock(command, '--restore', file);
  const { enrichments } = await (await fetch(`${url}/__admin/enrichments`)).json();
  assert.equal(enrichments.length, 1);
  assert.equal(await end(child, 'SIGTERM'), 0);
}

async function mocksOf(folder) {
  const processes = (await runOk('ps', ['-A', '-o', 'pid=,args='])).split('\n').map((line) => /^ *(\d+) (.*)$/.exec(line) ?? []);
  return processes.filter(([, , args]) => args?.startsWith(`${folder}/`) && args.includes('bin/enrichment-mock'));
}

const WAIT_FOR_ENDS = `import os, select, sys
for pid in sys.argv[1:]:
    try:
        process = select.poll()
        process.register(os.pidfd_open(int(pid)), select.POLLIN)
        process.poll(60_000)
    except ProcessLookupError:
        pass
`;

// No mock runs any more whose program is in the folder, at the latest after a moment: a mock ends within a second.
export async function assertNoMockLeft(folder = work) {
  const before = await mocksOf(folder);
  if (before.length > 0) await runOk('python3', ['-c', WAIT_FOR_ENDS, ...before.map(([, pid]) => pid)]);
  assert.deepEqual((await mocksOf(folder)).map(([, , args]) => args), []);
}
