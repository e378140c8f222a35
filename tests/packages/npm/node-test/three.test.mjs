import assert from 'node:assert/strict';
import { createTest, test } from 'enrichment-mock/node-test';

import { Client, lead } from '../client.cjs';
import { passing } from '../suites.cjs';

passing({ test, createTest, equal: assert.equal });

test('a lookup that never ends is open', async ({ team }, context) => {
  await new Client(team).request(lead('stuck-jane'));
  assert.deepEqual((await team.settle()).open.map(({ why }) => why), ['forever']);
  context.diagnostic(`the team is ${team.apiKey}`);
});
