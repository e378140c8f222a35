// The actions in .github/actions, in a job of a small runner, with a release that a server on this machine serves.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { parse } from 'yaml';

import { Job } from './job.mjs';
import { folder, makeRelease, own, Published, repository, version } from './published.mjs';
import { project } from './root.mjs';

const START = '.github/actions/enrichment-mock';
const FINISH = `${START}/finish`;
const within = { timeout: 3_600_000 };
const archive = `enrichment-mock-linux-${own}.tar.gz`;

before(() => makeRelease(), within);

// A job whose action comes from the repository of the release.
async function jobWithRelease(t, options = {}) {
  const published = await Published.start(t);
  const job = new Job(t, { github: { server_url: published.url, action_repository: repository }, ...options });
  return { published, job };
}

async function started(job, inputs) {
  const { status, output, outputs } = await job.uses(START, inputs);
  assert.equal(status, 0, output);
  return outputs;
}

async function refused(job, inputs) {
  const { status, output } = await job.uses(START, inputs);
  assert.equal(status, 1, output);
  const annotations = output.split('\n').filter((line) => line.startsWith('::error title=enrichment-mock::'));
  assert.equal(annotations.length, 1, output);
  assert.deepEqual(job.background, []);
  return annotations[0];
}

const path = (name) => `/${repository}/releases/download/v${version}/${name}`;
const sums = (name, content) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`;

test('the mock runs for the next steps, and ends with log and snapshot', within, async (t) => {
  const { job } = await jobWithRelease(t);
  mkdirSync(join(job.workspace, 'my own'));
  writeFileSync(join(job.workspace, 'my own/mine.json'), '{"name": "mine", "credits": 7}');
  const outputs = await started(job, { arguments: '--scenario "my own/mine.json"\n--clock manual\n' });
  assert.match(outputs.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(outputs['admin-url'], `${outputs.url}/__admin`);
  assert.equal(job.environment.ENRICHMENT_MOCK_URL, outputs.url);

  const step = await job.run(`curl -sf "$ENRICHMENT_MOCK_URL/v1/api/enrichment/credits" -H 'x-api-key: any'
    echo; enrichment-mock --version; enrichment-mock healthcheck`);
  assert.deepEqual(step.output.split('\n').filter((line) => !line.startsWith('commit ')),
                   ['{"balance":7}', `enrichment-mock ${version}`, `${outputs.url} is healthy`, '']);
  assert.ok(existsSync(outputs.log));

  const { status, output, outputs: results } = await job.uses(FINISH);
  assert.equal(status, 0, output);
  assert.match(output, /^::group::The log of enrichment-mock at .*\n::stop-commands::(.*)\n.*credits.*\n(.*\n)*::\1::\n::endgroup::$/m);
  assert.doesNotMatch(output, /::warning/);
  const written = join(job.workspace, results.folder);
  assert.deepEqual(readdirSync(written).sort(), ['mock.log', 'snapshot.json']);
  assert.match(readFileSync(join(written, 'mock.log'), 'utf8'), /credits/);
  assert.equal(JSON.parse(readFileSync(join(written, 'snapshot.json'), 'utf8')).teams.length, 1);
  assert.deepEqual(job.background, []);
  assert.deepEqual(readdirSync(join(job.environment.RUNNER_TEMP, 'enrichment-mock')), []);
});

test('the recipe for GitHub Actions works', within, async (t) => {
  const { job } = await jobWithRelease(t);
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  free.close();
  const text = readFileSync(join(project, 'tests/examples/ci/github-actions.yml'), 'utf8').replace('127.0.0.1:3000', `127.0.0.1:${port}`);
  const workflow = parse(text);
  const action = new RegExp(`^${repository}/(\\.github/actions/\\S+)@v${version.replaceAll('.', '\\.')}$`);
  job.workspace = join(job.workspace, 'checkout');
  cpSync(join(project, 'tests/docker/app.mjs'), join(job.workspace, 'tests/docker/app.mjs'), { recursive: true });
  const [ready, tests, log] = await job.runJob(workflow.jobs.test, action, { run_id: '4711' });
  assert.match(ready, /listening on/);
  assert.ok(tests.includes(`2 callbacks came to http://127.0.0.1:${port}/enriched`), tests);
  assert.match(log, /::group::The log of enrichment-mock/);
  const { path } = workflow.jobs.test.steps.at(-1).with;
  assert.deepEqual(readdirSync(join(job.workspace, path)).sort(), ['mock.log', 'snapshot.json']);
});

test('two mocks in a job have a snapshot each, also with a token and https', within, async (t) => {
  const { job } = await jobWithRelease(t);
  job.environment.ENRICHMENT_MOCK_ADMIN_TOKEN = 'secret-token';
  const first = await started(job, { version: `v${version}` });
  const second = await started(job, { arguments: '--tls-self-signed --host 0.0.0.0' });
  assert.notEqual(first.url, second.url);
  assert.match(second.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  const { output } = await job.uses(FINISH, { folder: 'kept' });
  assert.doesNotMatch(output, /::warning/);
  assert.deepEqual(readdirSync(join(job.workspace, 'kept')).sort(), ['mock-2.log', 'mock.log', 'snapshot-2.json', 'snapshot.json']);
});

test('an end without a mock, and after the mock has ended, is a warning', within, async (t) => {
  const { job } = await jobWithRelease(t);
  assert.deepEqual(await job.uses(FINISH), { status: 0, output: '::warning title=enrichment-mock::no mock was started\n', outputs: { folder: 'test-results/enrichment-mock' } });
  const { url } = await started(job, {});
  await job.run(`kill $(cat "$RUNNER_TEMP"/enrichment-mock/*/pid); while enrichment-mock healthcheck; do :; done`);
  const { status, output } = await job.uses(FINISH);
  assert.equal(status, 0, output);
  assert.ok(output.includes(`::warning title=enrichment-mock::the mock at ${url} has ended before\n`), output);
  assert.match(output, /::warning title=enrichment-mock::there is no snapshot of \S+: .*connect/);
  assert.match(output, /::endgroup::/);
});

test('the action of a checkout, or of a mirror, uses the repository of the workflow, or the mirror', within, async (t) => {
  const { published, job } = await jobWithRelease(t);
  Object.assign(job.github, { repository, action_repository: '' });
  await started(job, {});
  const elsewhere = new Job(t);
  await started(elsewhere, { releases: `${published.url}/${repository}/releases` });
});

test('a port that is taken', within, async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address();
  const { job } = await jobWithRelease(t);
  assert.match(await refused(job, { port: String(port) }), new RegExp(`::enrichment-mock: 127\\.0\\.0\\.1:${port}: address already in use`));
});

test('a scenario with problems, on one line', within, async (t) => {
  const { job } = await jobWithRelease(t);
  writeFileSync(join(job.workspace, 'broken.json'), '{"name": "broken", "credits": -1, "rules": [{"match": {"usename": "x"}}]}');
  const line = await refused(job, { arguments: '--scenario broken.json' });
  assert.match(line, /broken\.json:1:\d+: \/credits: found -1.*%0A.*broken\.json:1:\d+: \/rules\/0\/match: unknown key "usename"/);
});

test('wrong flags and quotes', within, async (t) => {
  const { job } = await jobWithRelease(t);
  assert.match(await refused(job, { arguments: '--prot 1' }), /--prot/);
  assert.match(await refused(job, { arguments: '--scenario "x' }), /::the input `arguments` cannot be read: .*quote/);
  assert.match(await refused(job, { port: '99999' }), /"99999" is not valid: expected a number from 0 to 65535/);
});

test('an archive with another checksum, or without one', within, async (t) => {
  const { published, job } = await jobWithRelease(t);
  const [expected] = sums(archive, 'another').split(' ');
  published.files.set(path('SHA256SUMS'), sums(archive, 'another'));
  const [found] = sums(archive, readFileSync(join(folder, 'github', archive))).split(' ');
  assert.equal(await refused(job, {}), `::error title=enrichment-mock::the checksum of ${archive} is wrong: SHA256SUMS has ${expected}, the file has ${found}`);
  published.files.set(path('SHA256SUMS'), sums(`other-${archive}`, 'another'));
  assert.match(await refused(job, {}), new RegExp(`::SHA256SUMS of version ${version} has no ${archive}$`));
});

test('a version that does not exist, or is none', within, async (t) => {
  const { published, job } = await jobWithRelease(t);
  assert.match(await refused(job, { version: '9.9.9' }), new RegExp(`::there is no SHA256SUMS of version 9\\.9\\.9: ${published.url}/${repository}/releases/download/v9\\.9\\.9/SHA256SUMS is 404`));
  assert.match(await refused(job, { version: 'latest' }), /::the version "latest" is not valid: expected a version such as 0\.1\.0/);
});

test('a server that does not answer', within, async (t) => {
  const { job } = await jobWithRelease(t);
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address();
  closed.close();
  await once(closed, 'close');
  assert.match(await refused(job, { releases: `http://127.0.0.1:${port}` }), /::cannot download http:\/\/127\.0\.0\.1:\d+\/download\/v\S+\/SHA256SUMS: .*connect/);
});

for (const [os, arch, message] of [
  ['Windows', 'X64', /::there is no enrichment-mock for Windows on x86_64, only for Linux and macOS on X64 and ARM64$/],
  ['Linux', 'ARM', /::there is no enrichment-mock for linux on ARM, only for/],
  ['macOS', 'ARM64', /::there is no enrichment-mock-darwin-arm64\.tar\.gz of version \S+ \S+ is 404/],
]) {
  test(`a runner with ${os} on ${arch}, for which the release has no file`, within, async (t) => {
    const { job } = await jobWithRelease(t, { runner: { os, arch } });
    assert.match(await refused(job, {}), message);
  });
}
