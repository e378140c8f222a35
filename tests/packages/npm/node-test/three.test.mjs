import assert from 'node:assert/strict';
import { createTest, test } from 'enrichment-mock/node-test';

import { Client, lead } from '../client.cjs';

test('a lead is found and costs one credit', async ({ team }) => {
  const client = new Client(team);
  const id = await client.request(lead('jane'));
  await team.settle();
  assert.equal((await client.poll(id)).email.email, 'jane@example.com');
  await team.verify([{ outcomes: { completed: 1 } }, { credits: { charged: 1 } }]);
});

test('a username decides what happens', async ({ team }) => {
  const client = new Client(team);
  const id = await client.request(lead('not-found-1'));
  await team.settle();
  assert.equal((await client.poll(id)).status, 'not-found');
});

createTest({ scenario: 'stuck' })('another scenario', async ({ team }) => {
  await new Client(team).request(lead('jane'));
  assert.deepEqual((await team.settle()).open.map(({ why }) => why), ['forever']);
});
