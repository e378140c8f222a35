// The recipes in tests/examples that no other test runs: each is executed if its tools are installed, else read by its
// language's own parser. Those that start a container cannot be run without an engine.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'yaml';

import { dockerfile, root } from '../docker/compose.mjs';
import { Namespace, Program, missing } from '../docker/namespace.mjs';

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

// A job's environment has CI's values; `service` has the mock's variables, `names` the hosts of mock and job.
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
  const { services, env, steps } = read('github-actions-service.yml').jobs.test;
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

function folderFor(t) {
  const folder = mkdtempSync(join(tmpdir(), 'recipes-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

// A mock that refuses to start, like one with a bad scenario.
function refusing(t) {
  const program = join(folderFor(t), 'enrichment-mock');
  writeFileSync(program, '#!/bin/sh\necho "bad scenario" >&2\nexit 2\n', { mode: 0o755 });
  return { ...process.env, ENRICHMENT_MOCK_BINARY: program };
}

const attempt = (program, args, { cwd = examples, env = process.env } = {}) =>
  spawnSync(program, args, { cwd, env, encoding: 'utf8', timeout: 120_000 });

test('curl: a shell script', within, () => {
  assert.match(run('curl/smoke.sh', []), /\n{"passed":true,"failures":\[\],"open":\[\]}\n$/);
});

test('curl: a mock that does not start ends the script, with an error', within, (t) => {
  const { status, signal, stderr } = attempt('curl/smoke.sh', [], { env: refusing(t) });
  assert.deepEqual([status, signal], [1, null]);
  assert.equal(stderr, 'bad scenario\nthe mock did not start\n');
});

// Over HTTP, in languages without a package: [what runs the file, the file].
const OVER_HTTP = [
  ['java', ['FirstTest.java']],
  ['go', ['test', '-count=1', 'first_test.go']],
  ['php', ['first_test.php']],
  ['ruby', ['first_test.rb']],
];

async function runOverHttp(t, program, args, flags) {
  const mock = new Program(spawn(binary, ['--port', '0', '--clock', 'manual', ...flags]));
  t.after(() => mock.child.kill());
  const [, url] = await mock.says(/ listening on (\S+) /);
  const env = { ...process.env, ENRICHMENT_MOCK_URL: url, GO111MODULE: 'off' };
  return attempt(program, args, { cwd: join(examples, 'http'), env });
}

for (const [program, args] of OVER_HTTP) {
  const skip = spawnSync(program, ['version']).error ? `no ${program} here` : false;
  test(`${args.at(-1)}: passes, and fails with the response if a call is refused`, { ...within, skip }, async (t) => {
    const passed = await runOverHttp(t, program, args, []);
    assert.equal(passed.status, 0, passed.stdout + passed.stderr);
    const failed = await runOverHttp(t, program, args, ['--credits', '0']);
    assert.equal(failed.status, 1);
    assert.match(failed.stdout + failed.stderr, /\/v1\/api\/enrichment\/email: .*402/);
  });
}

const pytest = ['pytest-3', 'pytest'].find(has);
const withPytest = { ...within, skip: pytest ? false : 'no pytest here' };
const quietly = ['-q', '-p', 'no:cacheprovider'];

test('pytest: fixtures', withPytest, () => {
  assert.match(run(pytest, quietly, join(examples, 'pytest')), /\b4 passed\b/);
});

test('pytest: tests of the same name in two files have a team each, whatever their names', withPytest, (t) => {
  const folder = folderFor(t);
  for (const file of ['conftest.py', 'pytest.ini']) copyFileSync(join(examples, 'pytest', file), join(folder, file));
  const cases = `import pytest
@pytest.mark.parametrize("name", ["jane", "j\u00f6hn", "a b"])
def test_\u00fcber(team, name):
    lead = {"linkedin_url": "https://www.linkedin.com/in/jane", "type": "work"}
    assert team.call("POST", "/v1/api/enrichment/email", lead)[0] == 201
    team.verify({"requests": {"method": "POST"}, "count": 1})
`;
  for (const file of ['test_a.py', 'test_b.py']) writeFileSync(join(folder, file), cases);
  assert.match(run(pytest, quietly, folder), /\b6 passed\b/);
});

test('pytest: a mock that does not start is named', withPytest, (t) => {
  const { status, stdout } = attempt(pytest, quietly, { cwd: join(examples, 'pytest'), env: refusing(t) });
  assert.equal(status, 1);
  assert.match(stdout, /enrichment-mock did not start \(exit status 2\); stderr says why/);
  assert.match(stdout, /bad scenario/);
  assert.doesNotMatch(stdout, /TypeError/);
});

const inFolder = (folder) =>
  readdirSync(join(examples, folder))
    .filter((name) => name !== 'node_modules')
    .map((name) => `${folder}/${name}`);
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

test('Testcontainers for Node says which Node it needs', within, () => {
  const folder = join(examples, 'testcontainers');
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const needed = /\d+\.\d+/.exec(lock.packages['node_modules/testcontainers'].engines.node)[0];
  assert.equal(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).engines.node, `>=${needed}`);
  for (const file of [join(folder, 'mock.test.mjs'), join(root, 'README.md')])
    assert.ok(readFileSync(file, 'utf8').includes(`Node ${needed}`), file);
});

test('a recipe with callbacks to the host says where its receiver must listen', within, () => {
  const files = ['testcontainers', 'ci'].flatMap(inFolder).filter((name) => !name.endsWith('.json'));
  const called = files.filter((name) => /host\.docker\.internal|hostname -i/.test(readFileSync(join(examples, name), 'utf8')));
  assert.equal(called.length, 3);
  for (const file of [...called.map((name) => join(examples, name)), join(root, 'server/callbacks/README.md')])
    assert.match(readFileSync(file, 'utf8'), /must listen on\s+(#\s+)?all\s+addresses/, file);
});

// The recipe with this project's action, which waits, is run by tests/packages/action.test.mjs; compare starts a mock itself.
test('every recipe waits until the mock is ready, and sets variables that it knows', within, () => {
  const known = spawnSync(binary, ['serve', '--help'], { encoding: 'utf8' }).stdout;
  const files = ['testcontainers', 'ci'].flatMap(inFolder).filter((name) => /\.(mjs|java|py|go|yml)$/.test(name) 
    && !['ci/github-actions.yml', 'ci/compare-nightly.yml'].includes(name));
  for (const file of files) {
    const text = readFileSync(join(examples, file), 'utf8');
    const variables = [...text.matchAll(/ENRICHMENT_MOCK_(\w+)/g)].map(([, name]) => flagOf(name));
    assert.ok(variables.length > 0, file);
    for (const flag of variables) assert.ok(known.includes(`${flag} `), `${file}: ${flag}`);
    assert.match(text, /__admin\/ready|listening on|services:/, file);
  }
});
