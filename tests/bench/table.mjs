// Writes the results of a benchmark into a Markdown file, between two marks:
//
//   node table.mjs [PAGE [RESULTS]]
//
// The page is README.md in this folder, the results are recorded.json, unless they are given. The rest of the page stays
// unchanged.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { comparison } from './comparison.mjs';
import { described } from './figures.mjs';
import { BUSY } from './report.mjs';

export const BEGIN = '<!-- tests/bench/table writes from here -->', END = '<!-- to here -->';

const whole = (n) => Math.round(n).toLocaleString('en');

const markdown = (rows) => {
  if (rows.length < 2) return [];
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(rows[0]), line(rows[0].map((_, n) => (n === 0 ? '---' : '---:'))), ...rows.slice(1).map(line)];
};

const wrapped = (text) => text.match(/.{1,118}(?: |$)/g).map((line) => line.trim());

const servers = ({ peers }) => wrapped(peers.map(({ name, about }) => `${name}: ${about}.`).join(' '));

const goalRows = ({ goals, unmeasured }) => [
  ...goals.map(({ text, shown, holds }) => [text, shown, holds ? 'holds' : '**falls short**']),
  ...unmeasured.map((text) => [text, '', 'not measured']),
];

const busyNote = ({ busyPercent }) =>
  (busyPercent > BUSY ? ` Others used ${whole(busyPercent)} % of the machine meanwhile: not to be trusted.` : '');

// The lines between the marks.
export function tables(record) {
  const { machine, commands, settings: { rounds, seconds } } = record;
  return [
    ...wrapped(`Measured on ${machine.at.slice(0, 10)} at ${machine.commit}, on ${machine.cores} cores of ` +
      `${machine.cpu} with Linux ${machine.kernel}; medians of ${rounds === 1 ? 'one round' : `${rounds} rounds`} of ` +
      `${seconds} s.${busyNote(machine)} The command${commands.length > 1 ? 's' : ''}:`),
    '', ...commands.map((command) => `    ${command}`), '',
    ...markdown(comparison(record)), '', ...servers(record), '',
    ...markdown([['enrichment-mock', 'measured'], ...described(record)]), '',
    ...markdown([['goal', 'measured', ''], ...goalRows(record)]),
  ].join('\n').replaceAll(/\n{3,}/g, '\n\n').trimEnd();
}

// The text with the lines between its marks.
export function withTables(text, record) {
  const begin = text.indexOf(`${BEGIN}\n`), end = text.indexOf(`\n${END}`);
  if (begin < 0 || end < begin + BEGIN.length) throw new Error(`no lines "${BEGIN}" and, after it, "${END}"`);
  return `${text.slice(0, begin)}${BEGIN}\n${tables(record)}${text.slice(end)}`;
}

const KEYS = ['commands', 'machine', 'settings', 'peers', 'goals', 'unmeasured', 'medians', 'processes', 'figures', 'samples'];

export function readRecord(text) {
  const record = JSON.parse(text);
  const missing = KEYS.filter((key) => !(key in record));
  if (missing.length > 0) throw new Error(`not written by tests/bench/run --json: no ${missing.join(', ')}`);
  return record;
}

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

function main([file = here('README.md'), results = here('recorded.json'), ...rest]) {
  if (rest.length > 0) throw new Error('usage: tests/bench/table [PAGE [RESULTS]]');
  const record = within(results, () => readRecord(readFileSync(results, 'utf8')));
  const text = within(file, () => withTables(readFileSync(file, 'utf8'), record));
  writeFileSync(file, text);
}

// A problem names its file.
function within(file, work) {
  try {
    return work();
  } catch (error) {
    throw new Error(error.message.includes(file) ? error.message : `${file}: ${error.message}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(`tests/bench/table: ${error.message}`);
    process.exitCode = 2;
  }
}
