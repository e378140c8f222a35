// Schema and loader accept the same files: the files of the repository, and thousands of changed ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { broken, examples, own, shipped } from './documents.mjs';
import { exceptions } from './exceptions.mjs';
import { parse } from './jsonc.mjs';
import { problemsOf } from './loader.mjs';
import { changesAt, isObject, pathsOf, samplesIn, valueAt } from './mutants.mjs';
import { newRandom } from './random.mjs';
import { complaints, keys, keysAt, schemaAt } from './schema.mjs';

// With SCHEMA_DEEP set all changes; else every fourth, which is faster and still makes each key wrong once.
const deep = Boolean(process.env.SCHEMA_DEEP);
const EVERY = deep ? 1 : 4;
const TWICE_CHANGED = 4000 / EVERY;

const ownBases = own.map(({ text }) => parse(text));
const bases = [...ownBases, ...examples.map(({ text }) => parse(text))];
const samples = samplesIn(bases);

// Whether the file has only problems that no schema can find.
const isBeyondSchema = (problems) =>
  problems.length > 0 && problems.every(({ message }) => exceptions.some(({ says }) => says.test(message)));

// The schema's problems with a text; [] if it accepts it, undefined if the text is not UTF-8.
function complaintsAbout(text) {
  if (text === undefined) return [{ message: 'is not UTF-8' }];
  try {
    return complaints(parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [{ message: error.message }];
  }
}

// Compares schema and loader for each of [{ stem, text, what }]. Returns the loader's problems.
function agree(files) {
  const problems = problemsOf(files);
  const differing = [];
  files.forEach(({ stem, text, what }, index) => {
    const found = complaintsAbout(text);
    const same = (found.length === 0) === (problems[index].length === 0);
    if (same || (found.length === 0 && isBeyondSchema(problems[index]))) return;
    const loader = problems[index].map(({ pointer, message }) => `${pointer}: ${message}`);
    const schema = found.map(({ instancePath, message }) => `${instancePath}: ${message}`);
    const verdict = (reasons) => reasons.join('\n    ') || 'accepts it';
    const shown = text?.slice(0, 2000);
    differing.push(`${what ?? stem}\n  loader: ${verdict(loader)}\n  schema: ${verdict(schema)}\n  file: ${shown}`);
  });
  const shown = differing.slice(0, 10).join('\n\n');
  assert.equal(differing.length, 0, `the verdicts on ${differing.length} of ${files.length} files differ:\n\n${shown}`);
  return problems;
}

// A document as a file, named as the document's "name" says.
function asFile(document, base, what) {
  const isName = isObject(document) && /^[a-z0-9-]{1,50}$/.test(document.name);
  const stem = isName ? document.name : base.name;
  return { stem, text: JSON.stringify(document), what: `${base.name} with ${what}` };
}

const changedOnce = bases.flatMap((base) => pathsOf(base).flatMap((path) =>
  changesAt(base, path, samples, { thorough: ownBases.includes(base) }).map(({ path: changed, what, make }) =>
    ({ changed, file: () => asFile(make(), base, `/${changed.join('/')} ${what}`) }))))
  .filter((_, index) => index % EVERY === 0);

test('both accept the scenarios and examples of the repository', () => {
  assert.ok(shipped.length >= 7 && examples.length >= 15);
  const problems = agree([...shipped, ...examples, ...own]);
  assert.deepEqual(problems.flat(), []);
});

test('both refuse the files with golden messages, and each key has such a message', () => {
  const problems = agree(broken);
  for (const [index, { stem }] of broken.entries()) assert.notEqual(problems[index].length, 0, stem);
  const refused = new Set(problems.flat().map(({ pointer }) => schemaAt(pointer.split('/').slice(1))));
  assert.deepEqual(keys.filter(([, found]) => !refused.has(found)).map(([name]) => name), []);
});

test('the documents that are changed use every key, so that each is changed', () => {
  assert.deepEqual(keys.filter(([, found]) => !samples.has(found)).map(([name]) => name), []);
});

test('a changed document is accepted by both or by neither, and each key was wrong once', (t) => {
  const problems = agree(changedOnce.map(({ file }) => file()));
  const refused = new Set();
  changedOnce.forEach(({ changed }, index) => { if (problems[index].length > 0) refused.add(schemaAt(changed)); });
  assert.deepEqual(keys.filter(([, found]) => !refused.has(found)).map(([name]) => name), []);
  const bad = problems.filter((found) => found.length > 0);
  t.diagnostic(`${problems.length} files, ${bad.length} refused, ${bad.filter(isBeyondSchema).length} beyond a schema`);
});

test('a document that was changed twice, too', (t) => {
  const random = newRandom(2020);
  const oneOf = (list) => list[random() % list.length];
  const files = Array.from({ length: TWICE_CHANGED }, () => {
    const base = oneOf(bases);
    const first = oneOf(changesAt(base, oneOf(pathsOf(base)), samples));
    const once = first.make();
    const second = oneOf(changesAt(once, oneOf(pathsOf(once)), samples));
    const said = [first, second].map(({ path, what }) => `/${path.join('/')} ${what}`);
    return asFile(second.make(), base, said.join(', then '));
  });
  const problems = agree(files);
  t.diagnostic(`${files.length} files, ${problems.filter((found) => found.length > 0).length} refused`);
});

test('the schema has the same keys as the loader, wherever keys are fixed', () => {
  const objects = bases.flatMap((base) => pathsOf(base).filter((path) => isObject(valueAt(base, path)) && keysAt(path))
    .map((path) => ({ base, path })));
  const files = objects.map(({ base, path }) =>
    asFile(changesAt(base, path, samples).find(({ path: changed }) => changed.at(-1) === 'zzz').make(), base, ''));
  const start = 'unknown key "zzz"; expected ';
  const seen = new Set();
  problemsOf(files).forEach((problems, index) => {
    const { path } = objects[index];
    const { message } = problems.find((problem) => problem.message.startsWith(start));
    const known = [...message.slice(start.length).matchAll(/"([^"]+)"/g)].map(([, key]) => key);
    assert.deepEqual(Object.keys(keysAt(path)).sort(), known.sort(), `/${path.join('/')}`);
    for (const key of known) seen.add(keysAt(path)[key]);
  });
  // All others are in objects with free keys.
  const unseen = keys.filter(([, found]) => !seen.has(found)).map(([name]) => name);
  assert.deepEqual(unseen, ['/errors/^[45][0-9]{2}$', 'expect/rejected/^[45][0-9]{2}$']);
});

test('the loader alone refuses what no schema can find, for the given reason', () => {
  for (const { says, why, text } of exceptions) {
    const [problems] = problemsOf([{ stem: 'x', text }]);
    assert.ok(problems.length > 0, why);
    for (const { message } of problems) assert.match(message, says, why);
    assert.deepEqual(complaintsAbout(text), [], why);
  }
});
