// What the entries for test runners share: one mock for each worker, a team for each test, a snapshot when a test fails.
'use strict';
const childProcess = require('node:child_process');
const { createHash } = require('node:crypto');
const { mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const { addToMessage } = require('./errors.cjs');
const { Mock, checkNames, checkStartOptions, startChild, startMock } = require('./mock.cjs');

// Jest gives each test file its own globals and modules. Only Node's modules are the same for all files of a worker.
const running = (childProcess[Symbol.for('enrichment-mock.running')] ??= new Map());

const starting = new Map(); // promises of this test file

// The worker's mock with these options. A failed start fails each test with its reason.
function workerMock(options) {
  const key = JSON.stringify(options);
  if (!starting.has(key)) starting.set(key, process.env.ENRICHMENT_MOCK_URL ? startMock(options) : attach(key, options));
  return starting.get(key);
}

async function attach(key, options) {
  checkStartOptions(options);
  const known = running.get(key);
  if (known && known.child.exitCode === null && known.child.signalCode === null) return new Mock(known);
  const parts = await startChild(options);
  running.set(key, parts);
  return new Mock(parts);
}

const used = new Set();

// A key that no other test has: its parts are short for people, and a hash of everything that identifies the test.
function nameOf({ file, fullName, title = fullName, retry = 0 }) {
  const slug = title.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 48).replace(/^-|-$/g, '');
  const identity = JSON.stringify([path.relative(process.cwd(), file), fullName]);
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 10);
  const name = `${slug}${slug && '-'}${hash}${retry > 0 ? `-retry-${retry}` : ''}`;
  let unique = name;
  for (let n = 2; used.has(unique); n += 1) unique = `${name}-${n}`;
  used.add(unique);
  return unique;
}

const SUITE_OPTIONS = ['mock', 'scenario'];

function checkSuiteOptions(options) {
  checkNames('createTest', options, SUITE_OPTIONS);
  return options;
}

// The fixtures of a test: its mock, and a team of its own. A mock at ENRICHMENT_MOCK_URL may have run the test before,
// and has a clock of its own.
async function openFixtures({ mock: options = {}, scenario }, test) {
  const mock = await workerMock(options);
  const team = mock.team(nameOf(test), scenario === undefined ? {} : { scenario });
  if (process.env.ENRICHMENT_MOCK_URL) {
    await team.reset();
    await team.control('PUT', 'clock', { mode: options.clock ?? 'manual' });
  }
  return { mock, team };
}

// Writes the snapshot of a failed test's team to a file, and returns a line about it for the report.
async function saveSnapshot(team) {
  const folder = path.resolve(process.env.ENRICHMENT_MOCK_SNAPSHOTS || path.join('test-results', 'enrichment-mock'));
  const file = path.join(folder, `${team.apiKey}.json`);
  try {
    const snapshot = await team.snapshot();
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `${JSON.stringify(snapshot, null, 2)}\n`);
    return `enrichment-mock: what team ${team.apiKey} did is in ${path.relative(process.cwd(), file)}`;
  } catch ({ message }) {
    return `enrichment-mock: there is no snapshot of team ${team.apiKey}: ${message}`;
  }
}

// Runs a test. If it fails, the snapshot is written before the runner goes on, and the error says where it is.
// The runner calls what it gets by `onEnd` when it stops waiting for the test, which is a failure if the test still runs.
async function runTest(options, test, body, onEnd) {
  const fixtures = await openFixtures(options, test);
  let running = true;
  onEnd(async () => { if (running) console.error(await saveSnapshot(fixtures.team)); });
  try {
    return await body(fixtures);
  } catch (error) {
    const line = await saveSnapshot(fixtures.team);
    if (!addToMessage(error, line)) console.error(line);
    throw error;
  } finally {
    running = false;
  }
}

module.exports = { addToMessage, checkSuiteOptions, openFixtures, runTest, saveSnapshot };
