// `audit` says which scenarios a client survives: the well-behaved one all of them, the naive one not, and it says why.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { PATIENCE } from './testing.mjs';

const client = (name) => ['--', process.execPath, fileURLToPath(new URL(name, import.meta.url))];
const environment =
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ENRICHMENT_MOCK_')));

// { status, scenarios: { NAME: { …, rules: [the rules of its findings] } } }
async function audit(...args) {
  const child = spawn(process.env.ENRICHMENT_MOCK_BINARY, ['audit', '--format', 'json', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  let stdout = '', stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
  const [status] = await once(child, 'close');
  assert.match(stdout, /^\{/, stderr);
  const scenarios = Object.fromEntries(JSON.parse(stdout).scenarios.map((each) =>
    [each.scenario, { ...each, rules: each.findings.map(({ rule }) => rule).sort() }]));
  return { status, scenarios, stderr };
}

describe('audit', { concurrency: 1, timeout: PATIENCE }, () => {
  test('the well-behaved client passes all scenarios, without a finding', async () => {
    const { status, scenarios, stderr } = await audit('--jobs', '8', '--timeout', '4m', '--fail-on', 'note', ...client('well-behaved.mjs'));
    for (const { scenario, passed, end, expect, findings } of Object.values(scenarios))
      assert.ok(passed && findings.length === 0, `${scenario}: ${JSON.stringify({ end, expect, findings })}\n${stderr}`);
    assert.ok(Object.keys(scenarios).length > 15);
    assert.equal(status, 0);
  });

  test('the naive client passes where nothing fails, and each of its weaknesses is named', async () => {
    const named = {
      'happy-path': ['duplicate-lookup'],
      'duplicate-callbacks': ['duplicate-callback-not-idempotent', 'duplicate-lookup'],
      'out-of-credits': ['client-error-retried', 'credits-unchecked'],
      'outage-window': ['server-error-not-retried'],
    };
    const { status, scenarios, stderr } =
      await audit('--jobs', '4', '--timeout', '4m', '--scenarios', Object.keys(named).join(), ...client('naive/naive.mjs'));
    assert.equal(status, 1);
    for (const [scenario, rules] of Object.entries(named)) {
      const { passed, rules: found } = scenarios[scenario];
      for (const rule of rules) assert.ok(found.includes(rule), `${scenario}: ${found}\n${stderr}`);
      assert.equal(passed, scenario === 'happy-path', `${scenario}\n${stderr}`);
    }
    assert.equal(scenarios['out-of-credits'].status, 1);
    assert.equal(scenarios['duplicate-callbacks'].expect.passed, false);
  });

  test('a client that polls for ever is killed at the timeout, and has failed', async () => {
    const { status, scenarios } =
      await audit('--jobs', '2', '--timeout', '5s', '--scenarios', 'not-found,stuck', ...client('naive/naive.mjs'));
    assert.equal(status, 1);
    for (const { passed, status: ended, end } of Object.values(scenarios))
      assert.deepEqual({ passed, ended, end }, { passed: false, ended: null, end: 'killed at the timeout' });
  });
});
