// Tests that fail, each in its own way.
import { describe, expect } from 'vitest';
import { test } from 'enrichment-mock/vitest';

import { Client, lead } from '../client.cjs';

test('verify fails', async ({ team }) => {
  await new Client(team).request(lead('jane'));
  await team.verify({ requests: { method: 'POST', body: { type: 'personal' } }, count: 1 });
});

test('an assertion fails', async ({ team }) => {
  await new Client(team).request(lead('jane'));
  expect(await team.credits()).toBe(1);
});

test('the test takes too long', { timeout: 500 }, async ({ team }) => {
  await new Client(team).request(lead('jane'));
  await new Promise(() => {});
});

describe('again', { retry: 1 }, () => {
  const tries = [];
  test('the second try passes', async ({ team }) => {
    await new Client(team).request(lead('jane'));
    expect(await team.enrichments()).toHaveLength(1);
    tries.push(team.apiKey);
    expect(tries).toHaveLength(2);
  });
});
