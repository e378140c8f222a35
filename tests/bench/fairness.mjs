// What one team feels of another's storms. A storm takes CPU from everything on the machine, so that its effect on a
// neighbour in the same server is held against that of the same storm on another server beside it.
import { bigBodies, newKeys, patterns, snapshots } from '../abuse/storms.mjs';
import { ours } from './ours.mjs';
import { whileRunning } from './processes.mjs';
import { workloads } from './workloads.mjs';
import { load } from './wrk.mjs';

const storms = { bodies: bigBodies, keys: newKeys, patterns, snapshots };
const LEAD_MS = 500;  // until a storm is under way
const post = workloads.find(({ name }) => name === 'post');

// { stormP99: the highest ratio of the storms }
export const measureFairness = ({ programs, seconds }) =>
  whileRunning(ours(['--max-teams', '2000']), programs, ({ url }) =>
    whileRunning(ours(['--max-teams', '2000']), programs, async ({ url: elsewhere }) => {
      const request = await post.request(url);
      const p99During = async (storm, target) => {
        const storming = storm(target, performance.now() + LEAD_MS + (seconds + 1) * 1000);
        await new Promise((resolve) => { setTimeout(resolve, LEAD_MS); });
        const { p99 } = await load(url, request, { connections: 4, seconds });
        await storming;
        return p99;
      };
      const ratios = [];
      for (const storm of Object.values(storms)) {
        const without = await p99During(storm, elsewhere);
        ratios.push(await p99During(storm, url) / without);
      }
      return { stormP99: Math.max(...ratios) };
    }));
