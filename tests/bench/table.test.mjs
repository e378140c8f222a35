// The parts of the benchmark that need no quiet machine: medians, and the table of a run's record. recorded.json is such
// a record, of a short run and without most of its loads.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { checkGoals } from './goals.mjs';
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

test('goals are compared with the measured values, and goals without a value are skipped', () => {
  const results = new Results();
  results.addLoad(sample('enrichment-mock', 1200));
  results.addLoad(sample('bare', 1000));
  results.addFigures({ callbacks1: 9000, callbacksHanging: 4500 });
  const verdicts = checkGoals(results).map(({ shown, holds }) => `${shown} ${holds}`);
  assert.deepEqual(verdicts, ['1.20 x false', '0.83 x false', '0 true', '9,000 true', '0.50 x false']);
});

test('a row for each server and figure, numbers as recorded', () => {
  const text = tables(readRecord(recorded)), record = JSON.parse(recorded);
  const words = text.replaceAll('\n', ' ');
  assert.match(words, /^Measured on 2026-\d\d-\d\d at \w+, on 2 cores of .*; medians of one round/);
  assert.match(text, /^ {4}tests\/bench\/run --quick$/m);
  for (const { peer, rate } of record.medians) {
    const row = text.split('\n').find((line) => line.startsWith(`| ${peer} |`));
    assert.ok(row.includes(` ${Math.round(rate).toLocaleString('en')} `), `${rate} in ${row}`);
  }
  assert.match(text, /\| lateness of a transition, p99 \| 2\.9 ms \|/);
  assert.match(text, /each of 1,000,000 enrichments, with its ledger entry \| 482 bytes \|/);
  assert.doesNotMatch(text, /undefined|NaN/);
});

test('figures of a machine with other load are marked', () => {
  const record = readRecord(recorded);
  record.machine.busyPercent = 50;
  assert.match(tables(record), /Others\s+used\s+50\s+%/);
  record.machine.busyPercent = 1;
  assert.doesNotMatch(tables(record), /Others\s+used/);
});

test('errors of a load are shown with its rate', () => {
  const record = readRecord(recorded);
  record.medians.find(({ peer }) => peer === 'prism').errors = 3;
  assert.match(tables(record), /\| prism \|[^\n]*\(3 errors\)/);
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
  const good = write('good.json', recorded), bad = write('bad.json', '{"command":""}'), broken = write('broken.json', '{');
  const plain = write('plain.md', 'nothing\n'), marked = write('marked.md', `${BEGIN}\n${END}\n`);
  const cases = [[plain, good, /plain\.md: no lines "<!-- /],
                 [marked, bad, /bad\.json: not written by .* no machine, settings/],
                 [marked, broken, /broken\.json: .*JSON/], [marked, join(folder, 'none.json'), /none\.json/]];
  for (const [file, results, problem] of cases) {
    const { status, stderr } = run(file, results);
    assert.equal(status, 2);
    assert.match(stderr, problem);
  }
  assert.equal(run(marked).status, 2);
  assert.deepEqual([plain, marked].map((file) => readFileSync(file, 'utf8')), ['nothing\n', `${BEGIN}\n${END}\n`]);
});

test('the page has the place for it', () => {
  assert.doesNotThrow(() => withTables(readFileSync(path('README.md'), 'utf8'), readRecord(recorded)));
});
