import { expect } from 'vitest';
import { createTest, test } from 'enrichment-mock/vitest';

import { Client, lead } from '../client.cjs';
import { passing } from '../suites.cjs';

passing({ test, createTest, equal: (actual, expected) => expect(actual).toBe(expected) });

test('the callback is repeated after an error', async ({ team }) => {
  await team.control('PUT', 'sink/hook', { statuses: [500, 200] });
  await new Client(team).request(lead('jane', { callback_url: team.sinkUrl('hook') }));
  await team.settle();
  expect((await team.received('hook')).map(({ status }) => status)).toEqual([500, 200]);
});
