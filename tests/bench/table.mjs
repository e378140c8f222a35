// Writes the results of a benchmark into a Markdown file, between two marks:
//
//   node table.mjs tests/bench/README.md results.json
//
// The rest of the file stays unchanged.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { described } from './figures.mjs';
import { BUSY } from './report.mjs';

export const BEGIN = '<!-- tests/bench/table writes from here -->', END = '<!-- to here -->';

const whole = (n) => Math.round(n).toLocaleString('en');
const shown = (show, n) => (n === undefined ? '–' : show(n));
const fixed = (digits) => (n) => n.toFixed(digits);

const markdown = (rows) => {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(rows[0]), line(rows[0].map((_, n) => (n === 0 ? '---' : '---:'))), ...rows.slice(1).map(line)];
};

const rateOf = (load) =>
  (load?.errors > 0 ? `${whole(load.rate)} (${load.errors} errors)` : shown(whole, load?.rate));

const wrapped = (text) => text.match(/.{1,118}(?: |$)/g).map((line) => line.trim());

function serversTable({ medians, processes, peers }) {
  const posts = medians.filter(({ workload }) => workload === 'post');
  const counts = [...new Set(posts.map(({ connections }) => connections))].sort((a, b) => a - b);
  const rows = processes.map((process) => {
    const at = (count) => posts.find(({ peer, connections }) => peer === process.peer && connections === count);
    return [process.peer, ...counts.map((count) => rateOf(at(count))), shown(fixed(1), at(16)?.p99),
            shown(fixed(1), at(1000)?.p99), shown(fixed(0), at(16)?.cpuUs), shown(fixed(0), process.startMs),
            shown(fixed(0), process.idleMb), shown(fixed(0), process.connectedMb), shown(fixed(0), process.installedMb)];
  });
  const notes = peers.filter(({ name }) => processes.some(({ peer }) => peer === name))
    .map(({ name, about }) => `${name}: ${about}.`);
  return [...markdown([['POST', ...counts.map((count) => `${whole(count)} conn.`), 'p99 ms, 16', 'p99 ms, 1,000', 'CPU µs',
                        'start ms', 'idle MB', 'MB, 1,000', 'installed MB'], ...rows]), '', ...wrapped(notes.join(' '))];
}

function oursTable(record) {
  const rows = described(record);
  return rows.length > 0 ? markdown([['enrichment-mock', 'measured'], ...rows]) : [];
}

const busyNote = ({ busyPercent }) =>
  (busyPercent > BUSY ? ` Others used ${whole(busyPercent)} % of the machine meanwhile: not to be trusted.` : '');

// The lines between the marks.
export function tables(record) {
  const { machine, command, settings: { rounds, seconds } } = record;
  return [
    ...wrapped(`Measured on ${machine.at.slice(0, 10)} at ${machine.commit}, on ${machine.cores} cores of ` +
      `${machine.cpu} with Linux ${machine.kernel}; medians of ${rounds === 1 ? 'one round' : `${rounds} rounds`} of ` +
      `${seconds} s.${busyNote(machine)} The command:`),
    '', `    ${command}`, '', ...serversTable(record), '', ...oursTable(record),
  ].join('\n').trimEnd();
}

// The text with the lines between its marks.
export function withTables(text, record) {
  const begin = text.indexOf(`${BEGIN}\n`), end = text.indexOf(`\n${END}`);
  if (begin < 0 || end < begin + BEGIN.length) throw new Error(`no lines "${BEGIN}" and, after it, "${END}"`);
  return `${text.slice(0, begin)}${BEGIN}\n${tables(record)}${text.slice(end)}`;
}

const KEYS = ['command', 'machine', 'settings', 'peers', 'medians', 'processes', 'figures'];

export function readRecord(text) {
  const record = JSON.parse(text);
  const missing = KEYS.filter((key) => !(key in record));
  if (missing.length > 0) throw new Error(`not written by tests/bench/run --json: no ${missing.join(', ')}`);
  return record;
}

function main([file, results, ...rest]) {
  if (!file || !results || rest.length > 0) throw new Error('usage: tests/bench/table tests/bench/README.md results.json');
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
