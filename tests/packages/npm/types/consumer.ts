// Compiled with the strictest flags in both module systems. It has no casts.
import { MockCallError, type Mock, type Schemas, type Team, VerifyError, connectMock, startMock } from 'enrichment-mock';
import { createTest as createJestTest, test as jestTest } from 'enrichment-mock/jest';
import { createTest as createNodeTest, test as nodeTest } from 'enrichment-mock/node-test';
import { createTest as createVitestTest, test as vitestTest } from 'enrichment-mock/vitest';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
function same<A, B>(..._: Equal<A, B> extends true ? [] : ['the types differ']): void {}

export async function useEverything(): Promise<void> {
  await using mock: Mock = await startMock({ scenario: ['default', './mine.json'], clock: 'running', seed: 7n, credits: 3, args: ['--quiet'] });
  const other = await connectMock({ url: mock.url, adminToken: 'secret' });
  const team: Team = other.team('x', { scenario: 'stuck' });
  const { fired } = await team.advance('next');
  for (const each of fired) if (each.kind === 'transition') same<typeof each.status, Schemas['Status']>();
  const verdict = await team.verify([{ outcomes: { completed: 1 } }, { credits: { charged: 1 } }], { timeout: '5s' });
  same<typeof verdict.passed, boolean>();
  const advice = await team.advice({ finished: true, ignore: ['no-backoff'] });
  for (const each of advice.findings) same<typeof each.severity, 'note' | 'warning' | 'error'>();
  const one = await team.waitFor({ enrichment: 'x', status: 'completed' });
  if (one.status === 'completed') same<typeof one.email.email, string>();
  const callbacks = await team.waitFor({ callbacks: 'delivered', count: 2, url: 'http://x/' });
  same<typeof callbacks, Schemas['Callback'][]>();
  const requests = await team.waitFor({ requests: 2, method: 'POST', status: [201] });
  same<typeof requests, Schemas['JournalEntry'][]>();
  const received = await team.waitFor({ received: 'hook' });
  same<typeof received, Schemas['ReceivedRequest'][]>();
  await team.addRule({ on: 'poll', response: { status: 503 } }, { times: 2 });
  await team.seed({ linkedin_url: 'https://www.linkedin.com/in/x', type: 'work', status: 'processing' });
  await team.resolve('x', { outcome: 'completed', email: 'x@example.com' });
  same<number, Awaited<ReturnType<Team['setCredits']>>>();
  await team.setCredits({ add: -1 });
  for (const movement of await team.ledger()) if (movement.kind === 'charge') same<typeof movement.enrichment_id, string>();
  for await (const event of team.events()) {
    if (event.kind === 'transition') same<typeof event.status, Schemas['Status']>();
    break;
  }
  try {
    await team.settle();
  } catch (error) {
    if (error instanceof VerifyError) same<typeof error.open, Schemas['OpenLookup'][]>();
    else if (error instanceof MockCallError) same<typeof error.status, number>();
  }
  const restored = await team.restore(await team.snapshot(), { team: 'x' });
  same<typeof restored.enrichments, number>();
  // @ts-expect-error: a part of a snapshot is none
  await team.restore((await team.snapshot()).teams[0]);
  // @ts-expect-error: an outcome is misspelt
  await team.resolve('x', 'complete');
  // @ts-expect-error: an option is misspelt
  await startMock({ scenaro: 'default' });
  // @ts-expect-error: an expectation is misspelt
  await team.verify({ outcome: { completed: 1 } });
}

vitestTest('x', async ({ mock, team, task }) => { same<typeof mock, Mock>(); same<typeof team, Team>(); same<typeof task.name, string>(); });
createVitestTest({ scenario: 'stuck', mock: { seed: 1 } }).concurrent('x', async ({ team }) => { await team.settle(); });
jestTest('x', async ({ team }) => { same<typeof team, Team>(); }, 1000);
jestTest.each([['jane', 1], ['joe', 2]])('%s', async (name, n, { team }) => { same<typeof team, Team>(); same<typeof name | typeof n, 'jane' | 'joe' | 1 | 2>(); });
createJestTest().only('x', () => {});
nodeTest('x', async ({ team }, context) => { same<typeof team, Team>(); context.diagnostic('x'); });
void createNodeTest({ scenario: 'stuck' }).skip('x', { timeout: 5 }, () => {});
