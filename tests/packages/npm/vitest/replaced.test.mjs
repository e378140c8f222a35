// A suite that replaces timers and fetch.
import { expect, vi } from 'vitest';
import { test } from 'enrichment-mock/vitest';

test('calls work while timers and fetch are replaced', async ({ team }) => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', () => { throw new Error('not for the mock'); });
  const events = team.events();
  await events.ready;
  await team.setCredits(3);
  expect((await events.next()).value.path).toBe('/__admin/credits');
  await events.return();
  expect(await team.settle()).toMatchObject({ open: [] });
});
