// Our server for its own measurements, and results of its control API.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { OURS, ourCommand } from './peers.mjs';
import { ask } from './workloads.mjs';

// With these flags; `scenario` is a file's content.
export const ours = (flags = [], scenario) => ({
  name: OURS,
  health: '/__admin/health',
  command: (context, port) => {
    if (!scenario) return ourCommand(context, port, ...flags);
    const file = join(context.folder, `${scenario.name}.json`);
    writeFileSync(file, JSON.stringify(scenario));
    return ourCommand(context, port, '--scenario', file, ...flags);
  },
});

export async function control(url, path, { method = 'GET', body } = {}) {
  const answer = await ask(url, { method, path: `/__admin/${path}`, body: body && JSON.stringify(body) });
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text);
}

// Returns the benchmark's team once none of its work is open: { open, credits, … }.
export async function untilQuiet(url, patienceMs = 60_000) {
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(100)) {
    const [team] = (await control(url, 'teams')).teams;
    if (team.open.lookups === 0 && team.open.callbacks === 0) return team;
  }
  throw new Error(`${url}: something is still open after ${patienceMs} ms`);
}
