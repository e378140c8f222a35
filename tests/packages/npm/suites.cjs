// What suites for different runners have in common, as functions of what differs: the runner's `test`, and `equal`, its
// assertion that two values are the same.
const { Client, lead } = require('./client.cjs');

// Two tests that pass.
function passing({ test, createTest, equal }) {
  test('a lead is found and costs one credit', async ({ team }) => {
    const client = new Client(team);
    const id = await client.request(lead('jane'));
    await team.settle();
    equal((await client.poll(id)).email.email, 'jane@example.com');
    await team.verify([{ outcomes: { completed: 1 } }, { credits: { charged: 1 } }]);
  });

  createTest({ scenario: 'not-found' })('another scenario', async ({ team }) => {
    const client = new Client(team);
    const id = await client.request(lead('jane'));
    await team.settle();
    equal((await client.poll(id)).status, 'not-found');
  });
}

// Tests that fail, each in its own way. `testWithin` declares a test with a time limit.
function failing({ test, testWithin, equal }) {
  test('verify fails', async ({ team }) => {
    await new Client(team).request(lead('jane'));
    await team.verify({ requests: { method: 'POST', body: { type: 'personal' } }, count: 1 });
  });

  test('an assertion fails', async ({ team }) => {
    await new Client(team).request(lead('jane'));
    equal(await team.credits(), 1);
  });

  testWithin(500, 'the test takes too long', async ({ team }, context) => {
    await new Client(team).request(lead('jane'));
    if (context) keepAlive(context.signal);
    await new Promise(() => {});
  });
}

// node:test ends a process that waits for nothing, although a test is running.
function keepAlive(signal) {
  const timer = setInterval(() => {}, 60_000);
  signal.addEventListener('abort', () => clearInterval(timer));
}

// A test that passes when it is tried again, which is with another team.
function retried({ test, equal }) {
  const tries = [];
  test('the second try passes', async ({ team }) => {
    await new Client(team).request(lead('jane'));
    equal((await team.enrichments()).length, 1);
    tries.push(team.apiKey);
    equal(tries[1], `${tries[0]}-retry-1`);
  });
}

// Mocks that cannot start.
function notStarted(createTest) {
  const { TAKEN_PORT, BROKEN_SCENARIO } = process.env;
  createTest({ mock: { args: ['--port', TAKEN_PORT] } })('the port is taken', ({ team }) => team.settle());
  createTest({ mock: { scenario: BROKEN_SCENARIO } })('the scenario is wrong', ({ team }) => team.settle());
  createTest({ mock: { scenaro: 'default' } })('an option is misspelt', ({ team }) => team.settle());
}

// A worker that is killed in the middle of a test.
function killed(test) {
  test('the worker is killed', async ({ team }) => {
    await team.credits();
    process.kill(process.pid, 'SIGKILL');
  });
}

// 64 tests at the same time, each with credits for its own lookups only.
function parallel({ test, equal }) {
  for (let n = 1; n <= 64; n += 1) {
    test(`test ${n} sees only its own lookups`, async ({ team }) => {
      await team.setCredits(n);
      const client = new Client(team);
      for (let i = 0; i < 3; i += 1) await client.request(lead(`lead-${n}-${i}`));
      await team.settle();
      equal((await team.enrichments()).map(({ linkedin_url: url }) => url.split('/').at(-1)), [0, 1, 2].map((i) => `lead-${n}-${i}`));
      equal(await team.credits(), Math.max(0, n - 3));
    });
  }
}

// Tests of the same title print their keys.
function sameTitles({ describe, test }) {
  const printKey = ({ team }) => console.log(`KEY ${team.apiKey}`);
  test('same title', printKey);
  describe('inside', () => { test('same title', printKey); });
}

module.exports = { failing, killed, notStarted, parallel, passing, retried, sameTitles };
