// The record of a run as text for a terminal.
import { comparison } from './comparison.mjs';
import { described } from './figures.mjs';
import { OURS } from './peers.mjs';

export const BUSY = 10;  // percent; above that other processes disturb the figures

function printTable(rows) {
  if (rows.length < 2) return;
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]) : cell.padStart(widths[n]))).join('  ');
  for (const row of rows) console.log(line(row).trimEnd());
  console.log();
}

const fixed = (digits) => (n) => (n === undefined ? '-' : n.toFixed(digits));
const thousands = (n) => Math.round(n).toLocaleString('en');
const ms = fixed(2), mb = fixed(1);

function loadRows(medians) {
  return medians.map((row) => {
    const ours = medians.find(({ peer, workload, connections }) =>
      peer === OURS && workload === row.workload && connections === row.connections);
    const against = row.peer === OURS || !ours ? '' : `${(ours.rate / row.rate).toFixed(2)} x`;
    return [`${row.workload}, ${row.connections}`, row.peer, thousands(row.rate), against, ms(row.p50), ms(row.p99),
            ms(row.p999), fixed(1)(row.cpuUs), mb(row.memoryMb), `${row.errors - row.timeouts}`, `${row.timeouts}`];
  });
}

const processRows = (processes) => processes.map((row) =>
  [row.peer, ms(row.startMs), mb(row.idleMb), mb(row.connectedMb), fixed(2)(row.idleCpuPercent), `${row.answered ?? '-'}`,
   mb(row.installedMb)]);

function printHead({ commands, machine, settings: { seconds, rounds, starts }, peers }) {
  console.log(`\n${machine.commit}, ${machine.cores} x ${machine.cpu}, Linux ${machine.kernel}, ${machine.at}`);
  for (const command of commands) console.log(command);
  console.log(`Medians of ${rounds} rounds of ${seconds} s by wrk -t1 on the same machine; starts: of ${starts}.\n`);
  if (machine.busyPercent > BUSY) {
    console.log(`Others used ${machine.busyPercent.toFixed(0)} % of this machine: do not trust what follows.\n`);
  }
  for (const { name, about } of peers) console.log(`  ${name.padEnd(16)} ${about}`);
  console.log();
}

export function printReport(record) {
  printHead(record);
  printTable(comparison(record));
  printTable([['load', 'server', 'req/s', 'ours is', 'p50 ms', 'p99 ms', 'p99.9 ms', 'CPU µs/req', 'MB', 'errors',
               'timeouts'], ...loadRows(record.medians)]);
  printTable([['process', 'start ms', 'idle MB', 'MB at 1,000', 'idle CPU % at 1,000', 'answered of 1,000',
               'installed MB'],
              ...processRows(record.processes)]);
  printTable([['of ours alone', ''], ...described(record)]);
  printTable([['goal', 'measured', ''],
              ...record.goals.map(({ text, shown, holds }) => [text, shown, holds ? 'HOLDS' : 'MISSED'])]);
  for (const { what, message } of record.failures) console.log(`Not measured: ${what}: ${message}`);
  printVerdict(record.goals, record.unmeasured);
}

function printVerdict(goals, unmeasured) {
  const short = goals.filter(({ holds }) => !holds);
  console.log(`\n${goals.length - short.length} of ${goals.length} goals hold.`);
  for (const { text, shown } of short) console.log(`Falls short: ${text}: ${shown}`);
  for (const text of unmeasured) console.log(`Not measured: ${text}`);
}
