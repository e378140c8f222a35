// The program as it was built for the tests.
import { spawnSync } from 'node:child_process';

import { PATIENCE } from './shell.mjs';

export const binary = process.env.ENRICHMENT_MOCK_BINARY;
// Without settings of the mock, without annotations, and so that a `node --test` on a page is not taken for a part of this run.
export const environment = Object.fromEntries(Object.entries(process.env)
  .filter(([name]) => !name.startsWith('ENRICHMENT_MOCK_') && !['NODE_TEST_CONTEXT', 'GITHUB_ACTIONS'].includes(name)));

// What it prints on standard output.
export const ask = (...args) => spawnSync(binary, args, { encoding: 'utf8', env: environment, timeout: PATIENCE }).stdout;

export const COMMANDS = ['serve', 'init', 'validate', 'scenarios', 'healthcheck', 'verify', 'exec', 'audit', 'compare', 'record', 'state'];

// [[command, the flags that its --help lists]]
export const flags = new Map(COMMANDS.map((command) =>
  [command, [...ask(command, '--help').matchAll(/^ +(--[a-z-]+)/gm)].map(([, flag]) => flag)]));
