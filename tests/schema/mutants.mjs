// Changes of a document, one at a time: each value replaced by wrong and borderline ones, each key
// removed, added, or added where it does not belong.
import { keysAt, schemaAt } from './schema.mjs';

const VALUES = [
  null, true, false, 0, -1, 1, 2, 1.5, 0.001, 0.0009, 100, 101, 199, 200, 204, 399, 400, 599, 600, 1e6, 1e6 + 1, 1e12,
  1e12 + 1, Number.MAX_SAFE_INTEGER, 1e21, -1e300,
  '', ' ', '\t', 'x', 'X', 'é', ' x', 'x ', 'a@b', 'a@b@c', '@b', '{first}@{type}', '{who}@b', '{@b',
  '1s', '0s', '0.0ms', '1.5s', '1.5us', '007ms', '0.0000001s', '-1s', '1', '1d', '8760h', '8760.0h', '8761h',
  '31536000000000us', '31536000000001us', '2026-01-01T00:00:00Z', '2026-02-30T00:00:00Z', 'forever', 'request', 'poll',
  'credits', 'manual', 'profile', 'cycle', 'reject', 'work', 'failed', 'reversed', 'stalled-body', 'dribble',
  [], {}, [{}], ['1s'], [null], { polls: 1 }, '507f1f77bcf86cd799439011', 'completed', 'https://linkedin.com/in/x', 'http://x', { median: '1s', p99: '1s', max: '1s' }, { zzz: 1 }, { completed: 0, failed: 0 }, { failed: 1 },
  [[{ a: [null, { b: {} }] }]], { a: { b: [{ c: null }] } },
];

const A_FEW_VALUES = [null, true, 0, 1.5, '', 'x', '0s', [], {}];

// In addition to a document's own values.
const ODD_KEYS = [
  '', ' ', 'X Y', 'X-Odd', 'é', 'Content-Length', 'tRANSFER-eNCODING', 'cONNECTION', 'Connections', 'Content-Lengthy', 'x-mock-Scenario',
  '399', '400', '599', '600', '0402', '40', '4e2', 'Name', '$comment', 'name ',
];

export const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

export const valueAt = (document, path) => path.reduce((value, name) => value[name], document);

// The path of every value in a document, from the outermost to the innermost: ['rules', 0, 'match'].
export function pathsOf(value, path = []) {
  if (typeof value !== 'object' || value === null) return [path];
  const names = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...names.flatMap((name) => pathsOf(value[name], [...path, name]))];
}

// The documents' values for each key, by the key's schema.
export function samplesIn(documents) {
  const samples = new Map();
  for (const document of documents)
    for (const path of pathsOf(document)) samples.set(schemaAt(path), valueAt(document, path));
  return samples;
}

function changed(document, path, change) {
  if (path.length === 0) return change(structuredClone(document));
  const copy = structuredClone(document);
  const parent = valueAt(copy, path.slice(0, -1));
  parent[path.at(-1)] = change(parent[path.at(-1)]);
  return copy;
}

function without(document, path) {
  const copy = structuredClone(document);
  const parent = valueAt(copy, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(path.at(-1), 1);
  else delete parent[path.at(-1)];
  return copy;
}

// [{ path, what, make }]: `make()` returns the changed document, `path` is the place of the change.
export function changesAt(document, path, samples, { thorough = true } = {}) {
  const put = (value) => () => changed(document, path, () => value);
  const add = (key, value) => ({
    path: [...path, key],
    what: `added with the value ${JSON.stringify(value)}`,
    make: () => changed(document, path, (object) => ({ ...object, [key]: value })),
  });
  const changes = (thorough ? VALUES : A_FEW_VALUES)
    .map((value) => ({ path, what: `replaced by ${JSON.stringify(value)}`, make: put(value) }));
  if (path.length > 0) changes.push({ path, what: 'taken away', make: () => without(document, path) });
  const here = valueAt(document, path);
  if (!isObject(here)) return changes;
  const sibling = Object.values(here)[0] ?? null;
  const known = Object.entries(keysAt(path) ?? {}).filter(([key]) => !(key in here));
  return [
    ...changes,
    add('zzz', 1),
    ...(thorough ? ODD_KEYS : []).filter((key) => !(key in here)).map((key) => add(key, sibling)),
    ...known.map(([key, found]) => add(key, samples.get(found))),
  ];
}
