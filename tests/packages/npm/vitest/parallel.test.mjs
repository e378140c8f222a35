// 64 tests at the same time, each with credits for its own lookups only.
import { expect } from 'vitest';
import { test } from 'enrichment-mock/vitest';

import { Client, lead } from '../client.cjs';

for (let n = 1; n <= 64; n += 1) {
  test.concurrent(`test ${n} sees only its own lookups`, async ({ team }) => {
    await team.setCredits(n);
    const client = new Client(team);
    for (let i = 0; i < 3; i += 1) await client.request(lead(`lead-${n}-${i}`));
    await team.settle();
    expect((await team.enrichments()).map(({ linkedin_url: url }) => url.split('/').at(-1)))
      .toEqual([0, 1, 2].map((i) => `lead-${n}-${i}`));
    expect(await team.credits()).toBe(Math.max(0, n - 3));
  });
}
