// The servers that are measured, ours first. An entry says how to start one in the foreground on a given port; the
// harness does the rest. It answers the three endpoints of the emulated API at 127.0.0.1, or those that `only` names.
//   command(context, port)  program and arguments, or a promise of them; context: { programs, folder }, the
//                           folder being the peer's own, and empty
//   health                  the path that answers 200 once it is running
//   only                    its loads, { workloads, connections }; a missing key means all; no load: { workloads: [] }
//   variant                 it is a variant of another server: its memory and start are not measured
//   needsPort               its arguments do not carry the port, so that its start is not measured
//   mostStarts              the maximum, for a server that starts slowly
//   warmUpSeconds           how long it is under load before it is measured
//   installedMb(programs)   the size of what a user installs
//   missing(programs)       why it cannot be measured here, or a promise of that; undefined if it can
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { CREDITS } from './peers/answers.mjs';
import { fileMb } from './peers/installed.mjs';
import { nginx } from './peers/nginx.mjs';
import { nodePeers, npmPeers } from './peers/npm.mjs';

export const OURS = 'enrichment-mock', BARE = 'bare', NGINX = 'nginx';
export const NO_JOURNAL = 'ours-no-journal', STATE = 'ours-state', STATIC = 'ours-static';
export const ONE_RULE = 'ours-1-rule', MANY_RULES = 'ours-1000-rules';
export const NODE = nodePeers.map(({ name }) => name);

const flags = (folder, port) => ['--port', `${port}`, '--log-file', join(folder, 'log'), '--credits', '1000000000'];

export const ourCommand = ({ programs, folder }, port, ...more) => [programs[OURS], ...flags(folder, port), ...more];

const variant = { health: '/__admin/health', variant: true, only: { workloads: ['post'], connections: [16] } };

export const peers = [
  {
    name: OURS,
    about: 'as shipped, logging to a file',
    health: '/__admin/health',
    command: ourCommand,
    installedMb: (programs) => fileMb(programs[OURS]),
  },
  {
    name: STATIC,
    about: 'the same as one file without shared libraries, as the packages have it',
    health: '/__admin/health',
    only: { workloads: [] },
    command: ({ programs, folder }, port) => [programs[STATIC], ...flags(folder, port)],
    installedMb: (programs) => fileMb(programs[STATIC]),
    missing: missingStatic,
  },
  {
    ...variant,
    name: NO_JOURNAL,
    about: 'the same without a journal (--journal-size 0)',
    command: (context, port) => ourCommand(context, port, '--journal-size', '0'),
  },
  {
    ...variant,
    name: STATE,
    about: 'the same with --state FILE',
    command: (context, port) => ourCommand(context, port, '--state', join(context.folder, 'state')),
  },
  ...[[ONE_RULE, 1], [MANY_RULES, 1000]].map(([name, count]) => ({
    ...variant,
    name,
    about: `the same with a script of ${count} rules; the last one matches`,
    command: (context, port) => ourCommand(context, port, '--scenario', writeScript(context.folder, count)),
  })),
  {
    name: BARE,
    about: 'cpp-httplib, three handlers, a thread per connection, no Nagle, unlimited keep-alive, a backlog of 4,096',
    health: CREDITS,
    command: ({ programs }, port) => [programs.bare_httplib, `${port}`],
  },
  nginx,
  ...npmPeers,
];

export const isMeasured = ({ only }, workload, connections) =>
  (only?.workloads?.includes(workload.name) ?? true) && (only?.connections?.includes(connections) ?? true) &&
  (workload.connections?.includes(connections) ?? true);

// Another version would say nothing about this one.
async function missingStatic(programs) {
  if (!existsSync(programs[STATIC])) return `${programs[STATIC]} is not built; server/packages/static/build builds it`;
  const [its, ours] = await Promise.all([STATIC, OURS].map(async (name) => {
    const { stdout } = await promisify(execFile)(programs[name], ['--version']);
    return /^commit (\w+),/m.exec(stdout)?.[1];
  }));
  if (its === ours) return undefined;
  return `${programs[STATIC]} is built from another commit; server/packages/static/build builds it again`;
}

// Rules of all kinds, as a large team's script would have them; the last one matches every request.
function writeScript(folder, count) {
  const matches = (n) => [{ username: `person-${n}*` }, { username: `person-${n}` }, { external_id: `lead-${n}` },
                          { type: 'personal', has_callback: n % 2 === 0 }][n % 4];
  const rules = Array.from({ length: count - 1 }, (_, n) => ({ match: matches(n), lookup: { outcome: 'failed' } }));
  const script = { name: 'rules', rules: [...rules, { lookup: { outcome: 'completed' } }] };
  const file = join(folder, 'rules.json');
  writeFileSync(file, JSON.stringify(script));
  return file;
}
