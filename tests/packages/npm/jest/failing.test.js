// Tests that fail, each in its own way.
const { test } = require('enrichment-mock/jest');

const { Client, lead } = require('../client.cjs');

test('verify fails', async ({ team }) => {
  await new Client(team).request(lead('jane'));
  await team.verify({ requests: { method: 'POST', body: { type: 'personal' } }, count: 1 });
});

test('an assertion fails', async ({ team }) => {
  await new Client(team).request(lead('jane'));
  expect(await team.credits()).toBe(1);
});

test('the test takes too long', async ({ team }) => {
  await new Client(team).request(lead('jane'));
  await new Promise(() => {});
}, 500);

jest.retryTimes(1);
const tries = [];
test('the second try passes', async ({ team }) => {
  await new Client(team).request(lead('jane'));
  expect(await team.enrichments()).toHaveLength(1);
  tries.push(team.apiKey);
  expect(tries).toHaveLength(2);
});
