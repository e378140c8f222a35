// A shared mock survives one bad client: its memory stays within bounds, and others are served. tests/abuse/run runs it
// on
// the release binary.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { bigBodies, silentListener, keylessBodies, lookup, newKeys, patterns, smallRequests, snapshots } from './storms.mjs';

const BINARY = process.env.ENRICHMENT_MOCK_BINARY;
const SECONDS = Number(process.env.ABUSE_SECONDS ?? 60);
const MOST_MB = 512;

const until = () => performance.now() + SECONDS * 1000;

// Runs `work({ url, peakMb, alive })` with a mock with these flags; `within` is its limit of address space in MB.
async function whileRunning(flags, work, within = undefined) {
  const args = ['serve', '--port', '0', '--quiet', ...flags];
  const [program, ...all] = within ? ['prlimit', `--as=${within << 20}`, BINARY, ...args] : [BINARY, ...args];
  const mock = spawn(program, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(mock, 'exit');
  try {
    const [ready] = await once(createInterface({ input: mock.stdout }), 'line');
    const url = /http:\/\/[\w.:[\]]+/.exec(ready)[0].replace(/\/\/[^:]*:/, '//127.0.0.1:');
    const status = () => readFileSync(`/proc/${mock.pid}/status`, 'utf8');
    await work({ url, peakMb: () => Number(/^VmHWM:\s+(\d+) kB$/m.exec(status())[1]) / 1024, alive: () => mock.exitCode === null && mock.signalCode === null });
  } finally {
    mock.kill('SIGTERM');
    const [code] = await exited;
    assert.equal(code, 0, 'it stops in order');
  }
}

async function serves(url) {
  const headers = { 'x-api-key': 'bystander', 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/api/enrichment/email`, { method: 'POST', headers, body: lookup({}, 'jane') });
  assert.equal(answer.status, 201);
}

const storms = {
  'bodies of 1 MB, each with a new key': (url) => bigBodies(url, until()),
  'bodies of 1 MB of one team': (url) => bigBodies(url, until(), { key: () => 'one' }),
  'bodies of 1 MB without a key': (url) => keylessBodies(url, until()),
  'a listener that reads nothing while bodies of 1 MB are events': (url) => silentListener(url, until()),
  'a new key for each request': (url) => newKeys(url, until()),
  'patterns with many stars': (url) => patterns(url, until()),
  'snapshots of 20,000 enrichments': (url) => snapshots(url, until()),
};

for (const [name, storm] of Object.entries(storms)) {
  test(`memory stays below ${MOST_MB} MB: ${name}`, { timeout: (SECONDS + 120) * 1000 }, async (context) => {
    await whileRunning([], async ({ url, peakMb }) => {
      const answers = await storm(url);
      assert.ok(answers > 0);
      await serves(url);
      context.diagnostic(`${answers} responses in ${SECONDS} s, ${peakMb().toFixed(0)} MB at most`);
      assert.ok(peakMb() < MOST_MB, `${peakMb()} MB`);
    });
  });
}

test('past --max-teams a new key costs as much as before', { timeout: 300_000 }, async (context) => {
  await whileRunning(['--max-teams', '5000'], async ({ url }) => {
    const seconds = 2, rate = async () => (await newKeys(url, performance.now() + seconds * 1000)) / seconds;
    const rates = [await rate(), await rate(), await rate()];
    context.diagnostic(`new keys a second: ${rates.map(Math.round).join(', ')}`);
    assert.ok(rates[2] > rates[0] / 4, `${rates}`);
  });
});

// Without memory requests fail, and the process keeps running.
for (const [within, manyTeams] of [[200, false], [200, true], [300, true]]) {
  test(`${within} MB of address space, ${manyTeams ? 'many teams' : 'three teams'}: it keeps running`, { timeout: 300_000 }, async (context) => {
    await whileRunning(['--max-teams', '1000000'], async ({ url, alive }) => {
      const end = performance.now() + Math.min(SECONDS, 10) * 1000;
      const answers = await Promise.all([1, 2, 3, 4].map(() => smallRequests(url, end, { manyTeams })));
      context.diagnostic(`${answers.reduce((a, b) => a + b)} responses`);
      assert.ok(alive());
    }, within);
  });
}
