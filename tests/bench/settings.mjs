// The benchmark's command line.
import { readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { measurements as allMeasurements } from './figures.mjs';
import { OURS, peers as allPeers, STATIC } from './peers.mjs';
import { workloads as allWorkloads } from './workloads.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAMS = join(ROOT, 'build/bench/tests/bench/programs.json');
const STATIC_SERVER = join(ROOT, `build/static-${arch() === 'x64' ? 'x86_64' : arch()}/server/enrichment-mock`);

const USUAL = { seconds: '4', rounds: '3', starts: '20', callbacks: '40000', pending: '50000', many: '1000000',
                requests: '1000000' };
const QUICK = { ...USUAL, seconds: '1', rounds: '1', starts: '5', requests: '100000' };
const NUMBERS = Object.keys(USUAL);

function fail(message) {
  throw new Error(message);
}

export function parseNumber(name, text) {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`--${name}: "${text}" is no number above 0`);
}

// The paths of the programs that the preset bench builds, and of the static one; `server` and `staticServer` are measured
// instead of ours.
export const readPrograms = (file = PROGRAMS, server = undefined, staticServer = STATIC_SERVER) =>
  ({ ...JSON.parse(readFileSync(file, 'utf8')), [STATIC]: staticServer, ...(server && { [OURS]: server }) });

export function readSettings(args) {
  const text = { type: 'string' }, flag = { type: 'boolean', default: false };
  const { values } = parseArgs({ args, options: {
    ...Object.fromEntries(NUMBERS.map((name) => [name, text])),
    connections: { type: 'string', default: '1,16,128,1000' },
    workloads: text, peers: text, figures: text, json: text, server: text, 'static-server': text, programs: text,
    quick: flag, add: flag, 'no-idle': flag, 'no-build': flag,
  } });
  const usual = values.quick ? QUICK : { ...USUAL, seconds: process.env.ENRICHMENT_MOCK_BENCH_SECONDS || USUAL.seconds };
  if (values.add && !values.json) fail('--add: needs --json FILE, the file that it adds to');
  const numbers = NUMBERS.map((name) => [name, parseNumber(name, values[name] ?? usual[name])]);
  const pick = (name, all) => choose(name, values[name], all);
  return {
    ...Object.fromEntries(numbers), json: values.json, add: values.add, idle: !values['no-idle'],
    isWhole: !values['no-idle'] && ['workloads', 'peers', 'figures'].every((name) => values[name] === undefined),
    connections: values.connections.split(',').map((count) => parseNumber('connections', count)),
    workloads: pick('workloads', allWorkloads), peers: pick('peers', allPeers),
    measurements: pick('figures', allMeasurements),
    programs: readPrograms(values.programs, values.server, values['static-server']),
  };
}

// All of them, none, or those named.
function choose(option, text, all) {
  if (text === undefined) return all;
  if (text === 'none') return [];
  const names = all.map(({ name }) => name).join(', ');
  return text.split(',').map((wanted) =>
    all.find(({ name }) => name === wanted) ?? fail(`--${option}: no "${wanted}", only ${names}, or none`));
}
