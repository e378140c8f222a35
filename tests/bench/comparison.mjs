// All servers in one table, a row for each measure. Machines differ, so each cell of another server begins with a ratio: how
// many times better our server is, by more requests a second or by less time or memory. Below 1 the other server is better.
import { OURS } from './peers.mjs';

const whole = (n) => Math.round(n).toLocaleString('en'), fixed = (digits) => (n) => n.toFixed(digits);
const MORE = (ours, other) => ours / other, LESS = (ours, other) => other / ours;

const ofLoad = (workload, connections, name) => ({ medians }, peer) => {
  const load = medians.find((each) => each.peer === peer && each.workload === workload && each.connections === connections);
  return load && { value: load[name], errors: load.errors };
};
const ofProcess = (name) => ({ processes }, peer) => ({ value: processes.find((each) => each.peer === peer)?.[name] });
const ofFigures = (names) => ({ figures }, peer) => ({ value: figures[names[peer]] });

const at = (connections) => (connections === 1 ? '1 connection' : `${whole(connections)} connections`);
const NEXT_TO_BUSY = '1 connection, next to two busy processes';
const rate = (what, workload, connections, where = at(connections)) =>
  ({ text: `${what} a second, ${where}`, show: whole, better: MORE, of: ofLoad(workload, connections, 'rate') });
const p99 = (connections, workload = 'post', where = at(connections)) =>
  ({ text: `p99 of a POST in ms, ${where}`, show: fixed(2), better: LESS, of: ofLoad(workload, connections, 'p99') });
const tests = (connections, clients) => ({
  text: `tests of four calls a second, ${clients}`, show: whole, better: MORE,
  of: ofFigures({ [OURS]: `tests${connections}`, wiremock: `testsWiremock${connections}` }) });

const rows = [
  rate('POSTs', 'post', 1), rate('POSTs', 'post-busy', 1, NEXT_TO_BUSY),
  ...[16, 128, 1000].map((connections) => rate('POSTs', 'post', connections)),
  rate('GETs of an enrichment', 'poll', 16), rate('GETs of the credits', 'credits', 16),
  p99(1), p99(1, 'post-busy', NEXT_TO_BUSY), p99(16), p99(1000),
  { text: 'CPU of a POST in µs, 16 connections', show: fixed(1), better: LESS, of: ofLoad('post', 16, 'cpuUs') },
  tests(1, 'one client'), tests(16, '16 clients'),
  { text: 'a POST by fetch in ms, one after the other', show: fixed(2), better: LESS,
    of: ofFigures({ [OURS]: 'postMs', msw: 'mswPostMs' }) },
  { text: 'start to the first response in ms', show: fixed(1), better: LESS, of: ofProcess('startMs') },
  { text: 'memory when idle in MB', show: fixed(1), better: LESS, of: ofProcess('idleMb') },
  { text: 'memory with 1,000 connections in MB', show: fixed(1), better: LESS, of: ofProcess('connectedMb') },
  { text: 'memory after {requests} POSTs in MB', show: fixed(0), better: LESS,
    of: ofFigures({ [OURS]: 'usedMb', wiremock: 'usedWiremockMb' }) },
  { text: 'installed files in MB', show: fixed(1), better: LESS, of: ofProcess('installedMb') },
];

const NOTHING = '–';

function cell({ show, better }, ours, { value, errors = 0 } = {}, peer) {
  if (value === undefined) return NOTHING;
  const text = errors > 0 ? `${show(value)}, ${whole(errors)} errors` : show(value);
  if (peer === OURS || !(ours > 0)) return text;
  return `${better(ours, value).toFixed(2)} x (${text})`;
}

// The table's rows, the head first, each a list of texts; empty if nothing was measured. Variants of a server that have no
// measure here have no column.
export function comparison(record) {
  const names = [OURS, ...record.peers.map(({ name }) => name).filter((name) => name !== OURS), 'msw'];
  const cells = rows.map((row) => names.map((name) => cell(row, row.of(record, OURS)?.value, row.of(record, name), name)));
  const isVariant = (name) => /^ours-/.test(name) && !record.processes.some(({ peer }) => peer === name);
  const columns = names.map((name, n) => n).filter((n) => !isVariant(names[n]) && cells.some((row) => row[n] !== NOTHING));
  if (columns.length === 0) return [];
  const texts = rows.map(({ text }) => text.replace('{requests}', whole(record.settings.requests)));
  return [['', ...columns.map((n) => names[n])],
          ...cells.map((row, n) => [texts[n], ...columns.map((column) => row[column])])
            .filter((row) => row.slice(1).some((text) => text !== NOTHING))];
}
