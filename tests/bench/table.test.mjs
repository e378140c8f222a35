// The parts of the benchmark that need no quiet machine: medians, goals, and the tables of a run's record. recorded.json
// is the record that the page shows.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { comparison } from './comparison.mjs';
import { checkGoals } from './goals.mjs';
import { recordedInstructions, recordInstructions } from './instructions.mjs';
import { whileBusy } from './processes.mjs';
import { median, percentile, Results } from './results.mjs';
import { BEGIN, END, readRecord, tables, withTables } from './table.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const recorded = readFileSync(path('recorded.json'), 'utf8');
const none = { connect: 0, read: 0, write: 0, timeout: 0, status: 0 };
const sample = (peer, rate, errors = {}) => ({ peer, workload: 'post', connections: 16, rate, p50: 1, p99: 2, p999: 3,
                                               cpuUs: 1e6 / rate, memoryMb: 10, errors: { ...none, ...errors } });

let folder;
before(() => { folder = mkdtempSync(join(tmpdir(), 'bench-table-')); });
after(() => rmSync(folder, { recursive: true }));

const write = (name, text) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const run = (...args) => spawnSync(path('table'), args, { encoding: 'utf8' });

test('a median is the middle one, or between the two; a percentile is one of the samples', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 2, 9]), 3);
  assert.equal(percentile([5, 1, 4, 2, 3], 50), 3);
  assert.equal(percentile(Array.from({ length: 100 }, (_, n) => n + 1), 99), 99);
  assert.equal(percentile([7], 99), 7);
});

test('rounds become medians, their errors sums', () => {
  const results = new Results();
  [10, 30, 20].forEach((rate) => results.addLoad(sample('bare', rate, { timeout: 1, status: 1 })));
  const { rate, errors, timeouts } = results.load('bare', 'post', 16);
  assert.deepEqual({ rate, errors, timeouts }, { rate: 20, errors: 6, timeouts: 3 });
  assert.equal(results.load('bare', 'post', 1), undefined);
});

test('memory and starts become medians; of the answered connections the least counts', () => {
  const results = new Results();
  [[9, 1000], [7, 998], [8, 1000]].forEach(([idleMb, answered]) =>
    results.addProcess({ peer: 'bare', idleMb, connectedMb: 20, idleCpuPercent: 0, answered }));
  [5, 3, 4].forEach((ms) => results.addStart('bare', ms));
  assert.deepEqual(results.process('bare'),
                   { peer: 'bare', idleMb: 8, connectedMb: 20, idleCpuPercent: 0, answered: 998, startMs: 4 });
  assert.equal(results.process('nginx'), undefined);
});

test('a run that is added to another one continues its samples', () => {
  const first = new Results();
  first.addLoad(sample('bare', 10));
  first.addFigures({ teamKb: 5 });
  const both = new Results(JSON.parse(JSON.stringify(first.record())));
  both.addLoad(sample('bare', 20));
  both.addStart('bare', 4);
  both.addFigures({ teamKb: 7 });
  assert.deepEqual([both.load('bare', 'post', 16).rate, both.rounds(), both.figure('teamKb'), both.process('bare').startMs],
                   [15, 2, 6, 4]);
});

test('goals are compared with the measured values, and goals without a value are listed', () => {
  const results = new Results();
  results.addLoad(sample('enrichment-mock', 1200));
  results.addLoad(sample('bare', 1000));
  results.addFigures({ callbacks1: 9000, callbacksHanging: 4500, instructionsPost: 1060, recordedInstructionsPost: 1000 });
  const { goals, unmeasured } = checkGoals(results);
  assert.deepEqual(goals.map(({ text, shown, holds }) => `${text}: ${shown} ${holds}`), [
    'POST at 16 connections: throughput >= 1.8 x bare: 1.20 x false',
    'POST at 16 connections: CPU per request <= 0.4 x bare: 0.83 x false',
    'POST at 16 connections: p99 <= 1 x bare: 1.00 x true',
    'no error or timeout in any load: 0 true',
    'instructions of a POST <= 1.05 x the recorded ones of this compiler: 1.060 x false',
    'callbacks to one sink >= 8,000 a second: 9,000 true',
    'callbacks with 200 hanging receivers >= 0.9 x without: 0.50 x false',
  ]);
  assert.ok(unmeasured.includes('memory of the static program when idle <= 10 MB'));
});

test('an error or a timeout of any variant of our server is against the goals', () => {
  const results = new Results();
  results.addLoad(sample('enrichment-mock', 1200));
  results.addLoad(sample('ours-state', 1000, { timeout: 1 }));
  const { holds } = checkGoals(results).goals.find(({ text }) => text === 'no error or timeout in any load');
  assert.equal(holds, false);
});

test('a ratio above 1 says that ours is better; variants of ours, and servers that were not measured, have no column', () => {
  const results = new Results();
  results.addLoad(sample('enrichment-mock', 3000));
  results.addLoad(sample('bare', 2000, { status: 2 }));
  results.addLoad(sample('ours-no-journal', 4000));
  results.addProcess({ peer: 'nginx', idleMb: 5, answered: 1000 });
  results.addProcess({ peer: 'enrichment-mock', idleMb: 10, answered: 1000 });
  const peers = ['enrichment-mock', 'ours-no-journal', 'bare', 'nginx', 'mockoon'].map((name) => ({ name }));
  assert.deepEqual(comparison({ ...results.record(), peers, settings: { requests: 1 } }), [
    ['', 'enrichment-mock', 'bare', 'nginx'],
    ['POSTs a second, 16 connections', '3,000', '1.50 x (2,000, 2 errors)', '–'],
    ['p99 of a POST in ms, 16 connections', '2.00', '1.00 x (2.00, 2 errors)', '–'],
    ['CPU of a POST in µs, 16 connections', '333.3', '1.50 x (500.0, 2 errors)', '–'],
    ['memory when idle in MB', '10.0', '–', '0.50 x (5.0)'],
  ]);
});

test('the page shows what recorded.json has', () => {
  const page = readFileSync(path('README.md'), 'utf8');
  assert.equal(withTables(page, readRecord(recorded)), page, 'tests/bench/table writes recorded.json into the page');
});

test('the page says when, where and by which commands it was measured, and how each goal ended', () => {
  const record = readRecord(recorded), text = tables(record), words = text.replaceAll('\n', ' ');
  assert.match(words, /^Measured on \d{4}-\d\d-\d\d at \S+, on \d+ cores of .*; medians of /);
  for (const command of record.commands) assert.ok(text.includes(`\n    ${command}\n`));
  for (const { text: goal, shown } of record.goals) assert.ok(text.includes(`\n| ${goal} | ${shown} | `), goal);
  for (const { peer, rate } of record.medians.filter(({ workload }) => workload === 'post')) {
    if (!peer.startsWith('ours-')) assert.ok(text.includes(Math.round(rate).toLocaleString('en')), `${rate} of ${peer}`);
  }
  assert.doesNotMatch(text, /undefined|NaN/);
});

test('instructions are recorded by compiler and processor', () => {
  const compilers = Object.entries(recordedInstructions());
  assert.ok(compilers.length > 0);
  for (const [compiler, { post, poll }] of compilers) {
    assert.match(compiler, /^\S+ [\d.]+, \w+$/);
    assert.ok(post > 1000 && poll > 1000);
  }
});

test('recording the instructions of one compiler keeps everything else', () => {
  const file = write('record.json', recorded), numbers = { post: 1, poll: 2 };
  recordInstructions('newc 1.0, m68k', numbers, file);
  const before = JSON.parse(recorded), now = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual(now, { ...before, instructions: { ...before.instructions, 'newc 1.0, m68k': numbers } });
});

// An ended process that nobody waits for, as in a container without an init process, stays as a zombie.
const isRunning = (pid) => {
  const file = `/proc/${pid}/stat`;
  try {
    return process.kill(pid, 0) && !(existsSync(file) && /\) Z /.test(readFileSync(file, 'utf8')));
  } catch {
    return false;
  }
};

test('busy processes end with their measurement, and with the benchmark if that is killed', async () => {
  let pids;
  await whileBusy(2, (busy) => {
    pids = busy;
    assert.deepEqual(busy.map(isRunning), [true, true]);
  });
  assert.deepEqual(pids.map(isRunning), [false, false]);

  const script = `import { whileBusy } from '${path('processes.mjs')}';
    await whileBusy(2, (pids) => new Promise(() => { console.log(JSON.stringify(pids)); setInterval(() => {}, 1e6); }));`;
  const bench = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { value: line } = await createInterface({ input: bench.stdout })[Symbol.asyncIterator]().next();
  bench.kill('SIGKILL');
  pids = JSON.parse(line);
  const until = Date.now() + 60_000;
  while (pids.some(isRunning) && Date.now() < until) await sleep(10);
  assert.deepEqual(pids.map(isRunning), [false, false]);
});

test('figures of a machine with other load are marked', () => {
  const record = readRecord(recorded);
  record.machine.busyPercent = 50;
  assert.match(tables(record), /Others\s+used\s+50\s+%/);
  record.machine.busyPercent = 1;
  assert.doesNotMatch(tables(record), /Others\s+used/);
});

test('the command writes between the marks, and writes the same when it runs again', () => {
  const file = write('README.md', `before\n\n${BEGIN}\nold\n${END}\n\nafter\n`), results = join(folder, 'results.json');
  copyFileSync(path('recorded.json'), results);
  for (let times = 0; times < 2; times += 1) {
    const { status, stderr } = run(file, results);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.equal(readFileSync(file, 'utf8'), `before\n\n${BEGIN}\n${tables(readRecord(recorded))}\n${END}\n\nafter\n`);
  }
});

test('a file without marks, or one that is not a record, stays unchanged and is named', () => {
  const good = write('good.json', recorded), bad = write('bad.json', '{"commands":[]}'), broken = write('broken.json', '{');
  const plain = write('plain.md', 'nothing\n'), marked = write('marked.md', `${BEGIN}\n${END}\n`);
  const cases = [[plain, good, /plain\.md: no lines "<!-- /],
                 [marked, bad, /bad\.json: not written by .* no machine, settings/],
                 [marked, broken, /broken\.json: .*JSON/], [marked, join(folder, 'none.json'), /none\.json/]];
  for (const [file, results, problem] of cases) {
    const { status, stderr } = run(file, results);
    assert.equal(status, 2);
    assert.match(stderr, problem);
  }
  assert.equal(run(marked, good, good).status, 2);
  assert.deepEqual([plain, marked].map((file) => readFileSync(file, 'utf8')), ['nothing\n', `${BEGIN}\n${END}\n`]);
});
