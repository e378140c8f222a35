// server/README.md says which folder may include which, names the threads and
// shows code: all of it is compared with the sources.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const readme = readFileSync(new URL('server/README.md', root), 'utf8');

// { folder: [the folders that it may include] }, from the table under "Which folder may include which".
const allowed = Object.fromEntries(
  [...readme.matchAll(/^\| `(\w+)` \| (.*?) \| .*\|$/gm)].map(([, folder, list]) => [
    folder,
    [...list.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  ]),
);

const sources = (folder) =>
  readdirSync(new URL(`server/${folder}/`, root)).filter((name) => /\.(h|cpp)$/.test(name));

const folders = readdirSync(new URL('server/', root), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'include' && sources(entry.name).length > 0)
  .map((entry) => entry.name);

test('the table names every folder of sources, and no others', () => {
  assert.deepEqual(Object.keys(allowed).sort(), folders.sort());
});

test('no file includes a folder that its folder may not include', () => {
  for (const folder of folders) {
    for (const name of sources(folder)) {
      const text = readFileSync(new URL(`server/${folder}/${name}`, root), 'utf8');
      for (const [, included] of text.matchAll(/^#include "(\w+)\//gm)) {
        const used = included === 'enrichment_mock' ? 'include' : included;
        assert.ok(used === folder || allowed[folder].includes(used), `server/${folder}/${name} includes ${used}/`);
      }
    }
  }
});

test('the table has no cycle', () => {
  const depth = (folder, path) => {
    assert.ok(!path.includes(folder), `${[...path, folder].join(' → ')}`);
    for (const next of allowed[folder] ?? []) depth(next, [...path, folder]);
  };
  for (const folder of folders) depth(folder, []);
});

// Each file that includes one of them takes seconds more to compile.
test('only the program includes cpp-httplib, and only one file nlohmann/json', () => {
  const including = (header) =>
    folders.flatMap((folder) =>
      sources(folder)
        .filter((name) => readFileSync(new URL(`server/${folder}/${name}`, root), 'utf8').includes(`#include <${header}`))
        .map((name) => `${folder}/${name}`));
  assert.deepEqual(including('nlohmann/'), ['json/nlohmann.cpp']);
  assert.deepEqual(including('httplib.h>'), ['upstream/http_client.cpp']);
});

// A block that begins with ```language FILE shows code of that file; only blanks and line breaks may differ.
test('the code that the page shows is the code of the files that it names', () => {
  const oneLine = (text) => text.replace(/\s+/g, ' ').trim();
  const shown = [...readme.matchAll(/^ *```\w+ (\S+)\n(.*?)^ *```$/gms)];
  assert.ok(shown.length > 10);
  for (const [, path, code] of shown)
    assert.ok(oneLine(readFileSync(new URL(path, root), 'utf8')).includes(oneLine(code)), `${path} does not have:\n${code}`);
  for (const [, line] of readme.matchAll(/^ *(```\w+)$/gm)) assert.fail(`${line} names no file`);
});

test('the page names every thread', () => {
  const named = folders.flatMap((folder) =>
    sources(folder).flatMap((name) => {
      const text = readFileSync(new URL(`server/${folder}/${name}`, root), 'utf8');
      return [...text.matchAll(/name_this_thread\("([\w-]+)"\)/g)].map(([, thread]) => thread);
    }),
  );
  assert.ok(named.length > 5);
  for (const thread of named) assert.ok(readme.includes(`\`${thread}\``), thread);
});
