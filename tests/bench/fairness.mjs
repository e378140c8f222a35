// How one team's storm affects another team. A storm takes CPU from everything on the machine, so its effect on a
// neighbour in the same server is compared with the effect of the same storm on another server.
//
// The neighbour pauses between its requests. Without pauses, neighbour and storm together would need more CPU than
// there is, and its p99 would only show how the system divides the CPU among three or four processes.
import { bigBodies, newKeys, patterns, snapshots } from '../abuse/storms.mjs';
import { ours } from './ours.mjs';
import { whileRunning } from './processes.mjs';
import { median } from './results.mjs';
import { workloads } from './workloads.mjs';
import { cleanRate, load } from './wrk.mjs';

const storms = { stormBodies: bigBodies, stormKeys: newKeys, stormPatterns: patterns, stormSnapshots: snapshots };
const LEAD_MS = 500;  // until a storm is running
const PAIRS = 3;      // how often each storm is measured in both settings
const NEIGHBOUR = { connections: 8, seconds: 2, pauseMs: 4 };
const post = workloads.find(({ name }) => name === 'post');

const server = (programs, work) => whileRunning(ours(['--max-teams', '2000']), programs, ({ url }) => work(url));

// With new servers, which have no work left from the storm before.
const p99Beside = (storm, programs, { inSameServer }) =>
  server(programs, (url) => server(programs, async (elsewhere) => {
    const request = await post.request(url);
    let ended = false;
    const storming = storm(inSameServer ? url : elsewhere, { valueOf: () => (ended ? 0 : Infinity) });
    try {
      await new Promise((resolve) => { setTimeout(resolve, LEAD_MS); });
      const result = await load(url, request, NEIGHBOUR);
      cleanRate(result);
      return result.p99;
    } finally {
      ended = true;
      await storming;
    }
  }));

// { stormBodies, … }: by each storm, p99 in the same server divided by that with the storm elsewhere.
export async function measureFairness({ programs }) {
  const ratios = {};
  for (const [name, storm] of Object.entries(storms)) {
    const same = [], elsewhere = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const turns = [[same, true], [elsewhere, false]];
      for (const [p99s, inSameServer] of pair % 2 ? turns : turns.reverse())
        p99s.push(await p99Beside(storm, programs, { inSameServer }));
    }
    ratios[name] = median(same) / median(elsewhere);
  }
  return ratios;
}
