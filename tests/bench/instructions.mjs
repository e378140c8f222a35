// How many instructions a request costs in our program, counted by valgrind's tool callgrind. Unlike times, they are the
// same on a busy machine. Start-up is not counted: each number is the difference between two runs. Other compilers and
// processors make other instructions of the same code, so recorded.json has the numbers of each.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request as open } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { ours } from './ours.mjs';
import { OURS } from './peers.mjs';
import { EMAIL } from './peers/answers.mjs';
import { whileRunning } from './processes.mjs';
import { HEADERS, LEAD } from './workloads.mjs';

export const GROWTH = 1.05;  // times the recorded number: more is too much
const WARM_UP = 500, COUNTED = 4000, ROUNDS = 3;
const TAIL_MS = 2000;  // lookups resolve half a second after their request; valgrind makes the program slow

const run = promisify(execFile);
const RECORDED = fileURLToPath(new URL('recorded.json', import.meta.url));

// What compiled the program, for which processor, as in "g++ 12.2.0, x86_64".
export async function compilerOf(program) {
  const { stdout } = await run(program, ['--version']);
  const [, compiler] = /^commit \S+, (.+)$/m.exec(stdout) ?? [];
  if (!compiler) throw new Error(`${program} --version names no compiler: ${stdout}`);
  const machine = (await run('uname', ['-m'])).stdout.trim();
  return `${compiler}, ${machine}`;
}

const readRecord = (file) => JSON.parse(readFileSync(file, 'utf8'));

// What is recorded for all compilers, as { [compiler]: { post, poll } }.
export const recordedInstructions = (file = RECORDED) => readRecord(file).instructions;

// Replaces what is recorded for one compiler.
export function recordInstructions(compiler, numbers, file = RECORDED) {
  const record = readRecord(file);
  const instructions = { ...record.instructions, [compiler]: numbers };
  writeFileSync(file, `${JSON.stringify({ ...record, instructions }, null, 1)}\n`);
}

// The calls of a client on one connection, each after the response to the one before.
function client(url) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const call = async (method, path, body) => {
    const headers = { ...HEADERS, ...(body && { 'content-length': Buffer.byteLength(body) }) };
    const sent = open(url + path, { agent, method, headers });
    sent.end(body);
    const [response] = await once(sent, 'response');
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece;
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
    return JSON.parse(text);
  };
  return { post: () => call('POST', EMAIL, LEAD), poll: (id) => call('GET', `${EMAIL}/${id}`),
           close: () => agent.destroy() };
}

// The instructions of a whole run with that many requests, in all threads.
async function instructionsOf(programs, { posts, polls }) {
  const peer = ours();
  let file;
  const underValgrind = { ...peer, command: async (context, port) => {
    file = join(context.folder, 'callgrind');
    return ['valgrind', '--tool=callgrind', '--quiet', `--callgrind-out-file=${file}`, ...peer.command(context, port)];
  } };
  return whileRunning(underValgrind, programs, async ({ url, pid, exited }) => {
    const { post, poll, close } = client(url);
    let id;
    for (let n = 0; n < posts; n += 1) ({ _id: id } = await post());
    await sleep(TAIL_MS);
    for (let n = 0; n < polls; n += 1) await poll(id);
    close();
    process.kill(pid, 'SIGTERM');
    await exited;
    return Number(/^(?:summary|totals): (\d+)$/m.exec(readFileSync(file, 'utf8'))[1]);
  });
}

// { post, poll }: the instructions of a POST and all that follows from it, and of a GET of its result. A busy machine only
// adds instructions, as threads wait for each other more often: so the least of several runs counts.
export async function countInstructions(programs) {
  const loads = { none: { posts: WARM_UP, polls: WARM_UP }, post: { posts: WARM_UP + COUNTED, polls: WARM_UP },
                  poll: { posts: WARM_UP, polls: WARM_UP + COUNTED } };
  const least = { none: Infinity, post: Infinity, poll: Infinity };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, load] of Object.entries(loads)) least[name] = Math.min(least[name], await instructionsOf(programs, load));
  }
  const each = (more) => Math.round((more - least.none) / COUNTED);
  return { post: each(least.post), poll: each(least.poll) };
}

// The same as figures, with what is recorded for this compiler, if anything is.
export async function measureInstructions({ programs }) {
  const { post, poll } = await countInstructions(programs);
  const recorded = recordedInstructions()[await compilerOf(programs[OURS])];
  return { instructionsPost: post, instructionsPoll: poll,
           ...(recorded && { recordedInstructionsPost: recorded.post, recordedInstructionsPoll: recorded.poll }) };
}
