const { createTest, test } = require('enrichment-mock/jest');

const { Client, lead } = require('../client.cjs');
const { passing } = require('../suites.cjs');

passing({ test, createTest, equal: (actual, expected) => expect(actual).toBe(expected) });

test.each([['jane', 'completed'], ['not-found-1', 'not-found']])('%s is %s', async (username, status, { team }) => {
  const client = new Client(team);
  const id = await client.request(lead(username));
  await team.settle();
  expect((await client.poll(id)).status).toBe(status);
});
