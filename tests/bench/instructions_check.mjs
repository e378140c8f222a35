// Compares the instructions of requests with the recorded ones; `instructions` in this folder says how to call it.
import { parseArgs } from 'node:util';

import { compilerOf, countInstructions, GROWTH, recordedInstructions, recordInstructions } from './instructions.mjs';
import { OURS } from './peers.mjs';
import { readPrograms } from './settings.mjs';

const count = (n) => n.toLocaleString('en');

function compare(name, now, recorded) {
  const growth = now / recorded;
  console.log(`${name}: ${count(now)} instructions, ${growth.toFixed(3)} x the recorded ${count(recorded)}`);
  return growth <= GROWTH ? [] : [`a ${name} has more than ${GROWTH} x its recorded instructions`];
}

async function check({ record, server }) {
  const programs = readPrograms(undefined, server);
  const compiler = await compilerOf(programs[OURS]);
  const numbers = await countInstructions(programs);
  if (record) {
    recordInstructions(compiler, numbers);
    console.log(`Recorded for ${compiler}: POST ${count(numbers.post)}, GET ${count(numbers.poll)}`);
    return [];
  }
  const recorded = recordedInstructions()[compiler];
  if (!recorded) return [`nothing is recorded for ${compiler}, with which a POST has ${count(numbers.post)} instructions; see --record`];
  console.log(compiler);
  return [...compare('POST', numbers.post, recorded.post), ...compare('GET', numbers.poll, recorded.poll)];
}

try {
  const { values } = parseArgs({ options: { record: { type: 'boolean', default: false }, server: { type: 'string' } } });
  const problems = await check(values);
  for (const problem of problems) console.log(`FAILED: ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
} catch (error) {
  console.error(`tests/bench/instructions: ${error.message}`);
  process.exitCode = 2;
}
