import { expect } from 'vitest';
import { createTest, test } from 'enrichment-mock/vitest';

import { Client, lead } from '../client.cjs';

test('a lead is found and costs one credit', async ({ team }) => {
  const client = new Client(team);
  const id = await client.request(lead('jane'));
  await team.settle();
  expect((await client.poll(id)).email.email).toBe('jane@example.com');
  await team.verify([{ outcomes: { completed: 1 } }, { credits: { charged: 1 } }]);
});

test('the callback is repeated after an error', async ({ team }) => {
  await team.control('PUT', 'sink/hook', { statuses: [500, 200] });
  await new Client(team).request(lead('jane', { callback_url: team.sinkUrl('hook') }));
  await team.settle();
  expect((await team.received('hook')).map(({ status }) => status)).toEqual([500, 200]);
});

createTest({ scenario: 'not-found' })('another scenario', async ({ team }) => {
  const client = new Client(team);
  const id = await client.request(lead('jane'));
  await team.settle();
  expect((await client.poll(id)).status).toBe('not-found');
});
