// Tests that fail, each in its own way.
import assert from 'node:assert/strict';
import { test } from 'enrichment-mock/node-test';

import { Client, lead } from '../client.cjs';

test('verify fails', async ({ team }) => {
  await new Client(team).request(lead('jane'));
  await team.verify({ requests: { method: 'POST', body: { type: 'personal' } }, count: 1 });
});

test('an assertion fails', async ({ team }) => {
  await new Client(team).request(lead('jane'));
  assert.equal(await team.credits(), 1);
});

test('the test takes too long', { timeout: 500 }, async ({ team }, { signal }) => {
  await new Client(team).request(lead('jane'));
  const timer = setInterval(() => {}, 60_000); // keeps the process alive
  await new Promise(() => { signal.addEventListener('abort', () => clearInterval(timer)); });
});
