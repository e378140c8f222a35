const { createTest, test } = require('enrichment-mock/jest');

const { Client, lead } = require('../client.cjs');

test('a lead is found and costs one credit', async ({ team }) => {
  const client = new Client(team);
  const id = await client.request(lead('jane'));
  await team.settle();
  expect((await client.poll(id)).email.email).toBe('jane@example.com');
  await team.verify([{ outcomes: { completed: 1 } }, { credits: { charged: 1 } }]);
});

test.each([['jane', 'completed'], ['not-found-1', 'not-found']])('%s is %s', async (username, status, { team }) => {
  const client = new Client(team);
  const id = await client.request(lead(username));
  await team.settle();
  expect((await client.poll(id)).status).toBe(status);
});

createTest({ scenario: 'not-found' })('another scenario', async ({ team }) => {
  const client = new Client(team);
  const id = await client.request(lead('jane'));
  await team.settle();
  expect((await client.poll(id)).status).toBe('not-found');
});
