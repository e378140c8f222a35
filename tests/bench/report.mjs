// The run as text.
import { OURS } from './peers.mjs';

const BUSY = 10;  // percent; past that others disturb the figures

function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]) : cell.padStart(widths[n]))).join('  ');
  for (const row of rows) console.log(line(row).trimEnd());
  console.log();
}

const fixed = (digits) => (n) => (n === undefined ? '-' : n.toFixed(digits));
const thousands = (n) => Math.round(n).toLocaleString('en');
const ms = fixed(2), mb = fixed(1);

function loadRows(results) {
  return results.medians().map((row) => {
    const ours = results.load(OURS, row.workload, row.connections);
    const against = row.peer === OURS || !ours ? '' : `${(ours.rate / row.rate).toFixed(2)} x`;
    return [`${row.workload}, ${row.connections}`, row.peer, thousands(row.rate), against, ms(row.p50), ms(row.p99),
            ms(row.p999), fixed(1)(row.cpuUs), mb(row.memoryMb), `${row.errors - row.timeouts}`, `${row.timeouts}`];
  });
}

function processRows(results) {
  return results.processes.map((row) => [row.peer, ms(row.startMs), mb(row.idleMb), mb(row.connectedMb),
                                         fixed(2)(row.idleCpuPercent), `${row.answered}`]);
}

export function printReport({ machine, seconds, rounds, starts, peers, results, verdicts }) {
  console.log(`\n${machine.commit}, ${machine.cores} x ${machine.cpu}, Linux ${machine.kernel}, ${machine.at}`);
  console.log(`Medians of ${rounds} rounds of ${seconds} s by wrk -t1 on the same machine; starts: of ${starts}.\n`);
  if (machine.busyPercent > BUSY) {
    console.log(`Others used ${machine.busyPercent.toFixed(0)} % of this machine: do not trust what follows.\n`);
  }
  for (const { name, about } of peers) console.log(`  ${name.padEnd(16)} ${about}`);
  console.log();
  printTable([['load', 'server', 'req/s', 'ours is', 'p50 ms', 'p99 ms', 'p99.9 ms', 'CPU µs/req', 'MB', 'errors',
               'timeouts'], ...loadRows(results)]);
  printTable([['process', 'start ms', 'idle MB', 'MB at 1,000', 'idle CPU % at 1,000', 'answered of 1,000'],
              ...processRows(results)]);
  if (verdicts.length === 0) return;
  printTable([['goal', 'measured', ''],
              ...verdicts.map(({ text, shown, holds }) => [text, shown, holds ? 'holds' : 'MISSED'])]);
}
