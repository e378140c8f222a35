// The document is valid and follows every recommendation of Redocly's linter.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { documentFile, lint, openapi } from './tools.mjs';

test('the document has no lint errors', async () => {
  const { status, output } = await lint(documentFile);
  assert.equal(status, 0, output);
});

test('errors in a document are found', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'openapi-'));
  t.after(() => rm(folder, { recursive: true }));
  const wrong = structuredClone(openapi);
  wrong.paths['/__admin/clock'].get.responses['200'].content['application/json'].example.mode = 'still';
  const file = join(folder, 'wrong.json');
  await writeFile(file, JSON.stringify(wrong));
  const { status, output } = await lint(file);
  assert.notEqual(status, 0);
  assert.match(output, /no-invalid-media-type-examples/);
});
