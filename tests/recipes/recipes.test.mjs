// The recipes in tests/examples that no other test runs: each is executed where its tools are at hand, else read by its
// language's own parser. Those that start a container cannot be run without an engine.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'yaml';

import { dockerfile, root } from '../docker/compose.mjs';
import { Namespace, missing } from '../docker/namespace.mjs';

const binary = process.env.ENRICHMENT_MOCK_BINARY;
const examples = join(root, 'tests/examples');
const image = dockerfile();
const within = { timeout: 300_000 };

const has = (program) => spawnSync(program, ['--version']).error === undefined;
const without = (program) => (has(program) ? false : `no ${program} here`);

function run(program, args, cwd = examples) {
  const { status, error, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', ...within });
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${error ?? ''}\n${stdout}${stderr}`);
  return stdout;
}

const flagOf = (variable) => `--${variable.toLowerCase().replaceAll('_', '-')}`;
const read = (name) => parse(readFileSync(join(examples, 'ci', name), 'utf8'));

// In a job's environment CI fills in what it knows; `service` is the mock's variables, `names` its and the job's hosts.
async function runJob(t, { service, job, steps, names }) {
  const network = await Namespace.start([...names, hostname()]);
  t.after(() => network.stop());
  const { ENRICHMENT_MOCK_SCENARIOS: nothingIsMounted, ...environment } = image.environment;
  const mock = network.start([binary, ...image.entrypoint.slice(1)], { ...environment, ...service });
  await mock.says(/listening/);
  const known = Object.entries(job).map(([name, value]) => [name, value.replace(/\$\{\{.*?\}\}|\$CI_\w+/g, '4711')]);
  const script = `cd "${root}"\n${steps.join('\n')}`;
  const { status, output } = await network.run(['bash', '--norc', '-ec', script], Object.fromEntries(known));
  assert.equal(status, 0, `${output}\nThe mock:\n${mock.output}`);
  mock.child.kill('SIGTERM');
  assert.equal(await mock.ended, 0);
  return output;
}

test('GitHub Actions: the mock as a service', { ...within, skip: missing() }, async (t) => {
  const { services, env, steps } = read('github-actions.yml').jobs.test;
  const { image: name, ports, options, env: service } = services['enrichment-mock'];
  assert.match(name, /\/enrichment-mock:/);
  assert.deepEqual(ports, ['8080:8080']);
  const [, host] = /--add-host (\S+):host-gateway/.exec(options);
  const output = await runJob(t, { service, job: env, steps: steps.map((step) => step.run ?? ''), names: [host] });
  assert.match(output, /2 callbacks came to http:\/\/host\.docker\.internal:3000\/enriched/);
  assert.match(output, /"scenario"/, 'the snapshot');
});

test('GitLab CI: the mock as a service', { ...within, skip: missing() }, async (t) => {
  const { services: [mock], variables, script } = read('gitlab-ci.yml').test;
  const output = await runJob(t, { service: mock.variables, job: variables, steps: script, names: [mock.alias] });
  assert.match(output, /2 callbacks came to http:\/\/127\.\d+\.\d+\.\d+:3000\/enriched/);
});

test('curl: a shell script', within, () => {
  assert.match(run('curl/smoke.sh', []), /\n{"passed":true,"failures":\[\]}\n$/);
});

const pytest = ['pytest-3', 'pytest'].find(has);
test('pytest: fixtures', { ...within, skip: pytest ? false : 'no pytest here' }, () => {
  assert.match(run(pytest, ['-q', '-p', 'no:cacheprovider'], join(examples, 'pytest')), /\b4 passed\b/);
});

const inFolder = (folder) => readdirSync(join(examples, folder)).map((name) => `${folder}/${name}`);
const containers = (ending) => inFolder('testcontainers').filter((name) => name.endsWith(ending));

test('Testcontainers for Python is Python', { ...within, skip: without('python3') }, () => {
  const parse = 'import ast, sys; [ast.parse(open(name).read(), name) for name in sys.argv[1:]]';
  run('python3', ['-c', parse, ...containers('.py')]);
});

test('Testcontainers for Java is Java', { ...within, skip: without('javac') }, () => {
  run('java', [join(root, 'tests/recipes/Parse.java'), ...containers('.java')]);
});

test('Testcontainers for Go is Go, as gofmt has it', { ...within, skip: without('gofmt') }, () => {
  assert.equal(run('gofmt', ['-d', '-e', ...containers('.go')]), '');
});

test('Testcontainers for Node is JavaScript', within, () => {
  for (const file of containers('.mjs')) run(process.execPath, ['--check', file]);
});

test('what the README links to is there', within, () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path);
  assert.ok(links.length > 8);
  for (const path of links) assert.ok(existsSync(join(root, path)), path);
});

test('every recipe waits until the mock is ready, and sets variables that it knows', within, () => {
  const known = spawnSync(binary, ['serve', '--help'], { encoding: 'utf8' }).stdout;
  const files = ['testcontainers', 'ci'].flatMap(inFolder).filter((name) => /\.(mjs|java|py|go|yml)$/.test(name));
  for (const file of files) {
    const text = readFileSync(join(examples, file), 'utf8');
    const variables = [...text.matchAll(/ENRICHMENT_MOCK_(\w+)/g)].map(([, name]) => flagOf(name));
    assert.ok(variables.length > 0, file);
    for (const flag of variables) assert.ok(known.includes(`${flag} `), `${file}: ${flag}`);
    assert.match(text, /__admin\/ready|listening on|services:/, file);
  }
});
