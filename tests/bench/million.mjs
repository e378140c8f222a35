// The cost of a million enrichments: memory, and the speed of requests compared with a thousand enrichments.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ours, untilQuiet } from './ours.mjs';
import { residentMb, whileRunning } from './processes.mjs';
import { median } from './results.mjs';
import { workloads } from './workloads.mjs';
import { cleanRate, fill, load, runScript } from './wrk.mjs';

const FEW = 1000, CONNECTIONS = 16;
const post = workloads.find(({ name }) => name === 'post');

// Without a journal, which is measured separately; all are kept.
const keeper = ours(['--journal-size', '0', '--keep-resolved', '1000000000']);

export const measureMillion = ({ programs, many, seconds, rounds }) =>
  whileRunning(keeper, programs, async (large) => {
    const before = residentMb(large.pid);
    const { ids, rate } = await fill(large.url, many);
    await untilQuiet(large.url);
    const bytes = (residentMb(large.pid) - before) * 2 ** 20 / many;
    const how = { connections: CONNECTIONS, seconds };
    const polls = { few: [], many: [] }, posts = { few: [], many: [] };
    for (let round = 0; round < rounds; round += 1) {
      await whileRunning(keeper, programs, async (small) => {
        const few = await fill(small.url, FEW);
        await untilQuiet(small.url);
        polls.few.push(await pollRate(small.url, few.ids, how));
        polls.many.push(await pollRate(large.url, ids, how));
        posts.few.push(await postRate(small.url, how));
        posts.many.push(await postRate(large.url, how));
      });
    }
    return { bytesPerEnrichment: bytes, fillRate: rate, pollsAmongMany: median(polls.many), pollsAmongFew: median(polls.few),
             postsAmongMany: median(posts.many), postsAmongFew: median(posts.few) };
  });

async function pollRate(url, ids, how) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-ids-'));
  try {
    writeFileSync(join(folder, 'ids'), `${ids.join('\n')}\n`);
    return cleanRate(await runScript('polls', url, { BENCH_IDS: join(folder, 'ids') }, how));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function postRate(url, how) {
  const rate = cleanRate(await load(url, await post.request(url), how));
  await untilQuiet(url);
  return rate;
}

// The memory of a full journal in MB: the same requests with the default journal, and without.
export async function measureJournal({ programs }) {
  const memory = (flags) => whileRunning(ours(flags), programs, async ({ url, pid }) => {
    await fill(url, 2 * FEW);
    await untilQuiet(url);
    return residentMb(pid);
  });
  return { journalMb: await memory([]) - await memory(['--journal-size', '0']) };
}
