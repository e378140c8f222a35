// The Python package as a user gets it: a wheel that pip installs into a virtual environment, used by suites for pytest.
// The suites are in python/. Debian's packages of pytest, pytest-xdist and mypy are what the environment has apart from it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { MACHINE, assertNoMockLeft, assertRestores, assertStateSurvivesKill, emulated, environment, install, run, runOk, startMock, staticBinary, work } from './commands.mjs';
import { Root, project } from './root.mjs';

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));
const pack = join(project, 'server/packages/python/pack');
const PYTHON = '/usr/bin/python3'; // which has Debian's packages
const HERE = MACHINE === 'arm64' ? 'aarch64' : MACHINE; // as wheels call it

Object.assign(environment, { PYTHONDONTWRITEBYTECODE: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' });

const version = /^project\(\S+ VERSION ([\d.]+)/m.exec(await readFile(join(project, 'CMakeLists.txt'), 'utf8'))[1];
const packTo = (folder, ...more) => runOk(pack, ['--out', join(work, folder), ...more]);
const wheelsIn = async (folder) => (await readdir(join(work, folder))).sort();

// A virtual environment with Debian's packages and one wheel.
async function environmentWith(name, wheel) {
  const folder = join(work, name);
  await runOk(PYTHON, ['-m', 'venv', '--system-site-packages', folder]);
  await runOk(join(folder, 'bin/pip'), ['install', '--no-index', wheel]);
  return folder;
}

async function folderWith(name, files) {
  const folder = join(work, name);
  await mkdir(folder);
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  return folder;
}

const pytest = (cwd, args = [], options = {}) =>
  run(join(options.venv ?? venv, 'bin/python'), ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...args], { cwd, ...options });

let binary, venv, wheel;

before(async () => {
  binary = await staticBinary();
  await install('need_to_test_python; install_needed');
  await packTo('wheels', '--binary', `linux-${HERE}=${binary}`);
  wheel = join(work, 'wheels', (await wheelsIn('wheels')).find((name) => name.includes('linux')));
  venv = await environmentWith('venv', wheel);
}, { timeout: 3_600_000 });

describe('the wheel', () => {
  test('has a name, a version and files as pip and PyPI expect them', async () => {
    const checked = await runOk(PYTHON, [pathOf('python/check_wheel.py'), version, ...(await wheelsIn('wheels')).map((name) => join(work, 'wheels', name))]);
    assert.match(checked, /2 wheels are as expected/);
  });

  test('is the same if it is packed again, except for SOURCE_DATE_EPOCH', async () => {
    await packTo('again', '--binary', `linux-${HERE}=${binary}`);
    assert.deepEqual(await wheelsIn('again'), await wheelsIn('wheels'));
    for (const name of await wheelsIn('again')) {
      const [first, second] = await Promise.all(['wheels', 'again'].map((folder) => readFile(join(work, folder, name))));
      assert.ok(first.equals(second), name);
    }
    await runOk(pack, ['--out', join(work, 'dated')], { env: { SOURCE_DATE_EPOCH: '1800000000' } });
    const [name] = await wheelsIn('dated');
    assert.match(await runOk(PYTHON, ['-m', 'zipfile', '-l', join(work, 'dated', name)]), /2027-01-15/);
  });

  test('of a static program is for all distributions, of another one for this machine', async () => {
    const files = await folderWith('programs', {});
    for (const [platform, number, interpreter] of [['linux-x86_64', 62, 0], ['linux-aarch64', 183, 0], ['linux-x86_64', 62, 1]]) {
      await writeFile(join(files, 'program'), elf(number, interpreter));
      await packTo(`tags-${platform}-${interpreter}`, '--binary', `${platform}=${join(files, 'program')}`);
    }
    const portable = (machine) => `enrichment_mock-${version}-py3-none-manylinux_2_17_${machine}.manylinux2014_${machine}.musllinux_1_1_${machine}.whl`;
    assert.equal((await wheelsIn('tags-linux-x86_64-0'))[1], portable('x86_64'));
    assert.equal((await wheelsIn('tags-linux-aarch64-0'))[1], portable('aarch64'));
    assert.equal((await wheelsIn('tags-linux-x86_64-1'))[1], `enrichment_mock-${version}-py3-none-linux_x86_64.whl`);
    for (const [argument, reason] of [
      [`linux-aarch64=${binary}`, HERE === 'aarch64' ? undefined : /the file is not a program for linux-aarch64/],
      [`linux-x86_64=${pack}`, /the file is not a program for linux-x86_64/],
      [`linux-x86_64=${work}/none`, /No such file/],
      ['windows=x', /expected PLATFORM=FILE, with one of the platforms linux-x86_64, linux-aarch64/],
    ].filter(([, expected]) => expected)) {
      const { status, output } = await run(pack, ['--out', join(work, 'refused'), '--binary', argument]);
      assert.equal(status, 1);
      assert.match(output, reason);
    }
  });

  test('has types that mypy and pyright accept, and that agree with the OpenAPI document', { timeout: 600_000 }, async () => {
    const python = join(venv, 'bin/python');
    const openapi = join(project, 'server/control/openapi.json');
    assert.match(await runOk(python, [pathOf('python/check_payloads.py'), openapi]), /^\d+ schemas agree/);
    await writeFile(join(work, 'examples.py'), await runOk(python, [pathOf('python/examples_as_python.py'), openapi]));
    const mypy = ['-m', 'mypy', '--strict', '--cache-dir', join(work, 'mypy'), '--python-executable', python];
    await runOk(PYTHON, [...mypy, '-p', 'enrichment_mock']);
    await runOk(PYTHON, [...mypy, '--python-version', '3.9', '-p', 'enrichment_mock']);
    await runOk(PYTHON, [...mypy, join(work, 'examples.py')]);
    for (const name of ['test_team.py', 'test_async.py', 'test_mock.py']) await runOk(PYTHON, [...mypy, pathOf(`python/suite/${name}`)]);
    await install('install_from_npm tests/packages/python');
    const pyright = pathOf('python/node_modules/.bin/pyright');
    const inVenv = { env: { PATH: `${join(venv, 'bin')}:${environment.PATH}` } };
    await runOk(pyright, ['--verifytypes', 'enrichment_mock', '--ignoreexternal'], inVenv);
    await runOk(pyright, ['--pythonpath', python, join(work, 'examples.py')]);
  });
});

test('what the program has saved with --state is there after it was killed', () =>
  assertStateSurvivesKill([join(venv, 'bin/enrichment-mock')], join(work, 'wheel.state')));

test('pip chooses the wheel of the platform, also with musl, and the one without a program elsewhere', async () => {
  const packed = join(work, 'all');
  const other = HERE === 'aarch64' ? 'x86_64' : 'aarch64';
  await writeFile(join(work, 'other'), elf({ x86_64: 62, aarch64: 183 }[other], 0));
  await packTo('all', '--binary', `linux-${HERE}=${binary}`, '--binary', `linux-${other}=${join(work, 'other')}`);
  const chosen = async (platform) => {
    const to = join(work, `for-${platform}`);
    await runOk(join(venv, 'bin/pip'), ['download', '--no-index', '--find-links', packed, '--dest', to, '--only-binary', ':all:', '--platform', platform, 'enrichment-mock']);
    return (await readdir(to)).map((name) => name.slice(0, -'.whl'.length).split('-').at(-1));
  };
  for (const machine of ['x86_64', 'aarch64']) {
    const tags = `manylinux_2_17_${machine}.manylinux2014_${machine}.musllinux_1_1_${machine}`;
    for (const each of tags.split('.')) assert.deepEqual(await chosen(each), [tags]);
  }
  for (const each of ['macosx_11_0_arm64', 'win_amd64']) assert.deepEqual(await chosen(each), ['any']);
});

// The head of a program for Linux, with or without the name of a loader.
function elf(machine, interpreter) {
  const content = Buffer.alloc(64 + 56);
  content.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  content.writeUInt16LE(machine, 18);
  content.writeBigUInt64LE(64n, 32); // where the table of parts begins
  content.writeUInt16LE(56, 54);
  content.writeUInt16LE(1, 56);
  content.writeUInt32LE(interpreter ? 3 : 1, 64);
  return content;
}

describe('a suite for pytest', () => {
  const passed = /^(\d+) passed/m;

  test('passes, with and without xdist', { timeout: 600_000 }, async () => {
    const counts = [];
    for (const args of [[], ['-n', '2']]) {
      const { status, output } = await pytest(pathOf('python/suite'), args);
      assert.equal(status, 0, output);
      counts.push(passed.exec(output)[1]);
    }
    assert.ok(Number(counts[0]) > 30);
    assert.equal(counts[1], counts[0]);
    await assertNoMockLeft();
  });

  test('is as the README has it, from an empty folder', async () => {
    const readme = await readFile(join(project, 'server/packages/python/README.md'), 'utf8');
    const files = Object.fromEntries([...readme.matchAll(/^```python (\S+)\n(.*?)^```$/gms)].map(([, name, text]) => [name, text]));
    assert.deepEqual(Object.keys(files), ['test_leads.py', 'conftest.py', 'without_pytest.py']);
    const cwd = await folderWith('readme', files);
    const { status, output } = await pytest(cwd);
    assert.equal(status, 0, output);
    assert.equal(passed.exec(output)[1], '2');
    await runOk(join(venv, 'bin/python'), ['without_pytest.py'], { cwd });
    await assertNoMockLeft();
  });

  test('has one mock, with xdist one for each worker', async () => {
    const text = `import os, pytest
@pytest.mark.parametrize("n", range(20))
def test_url(enrichment_mock, n):
    print(f"URL {os.environ.get('PYTEST_XDIST_WORKER', 'none')} {enrichment_mock.url}")
`;
    const cwd = await folderWith('urls', { 'test_urls.py': text });
    for (const [args, workers] of [[[], 1], [['-n', '2'], 2]]) {
      const { output } = await pytest(cwd, ['-rP', ...args]);
      const urls = new Set([...output.matchAll(/^URL (\S+) (\S+)$/gm)].map(([, worker, url]) => `${worker} ${url}`));
      assert.equal(urls.size, workers, output);
    }
  });

  test('shows the snapshot of a team whose test has failed, and writes it to a file if asked', async () => {
    const cwd = await folderWith('failing', { 'test_failing.py': FAILING });
    const { status, output } = await pytest(cwd, ['-p', 'xdist', '-n', '1']);
    assert.equal(status, 1, output);
    assert.match(output, /3 failed, 1 passed, 1 xfailed/);
    assert.equal(output.match(/- enrichment-mock: stuck\.test_failing\.py::test_fails -/g)?.length, 1, output);
    assert.match(output, /^scenario stuck, 250 credits, manual clock at /m);
    assert.match(output, /^request 1: POST \/v1\/api\/enrichment\/email: 201/m);
    assert.match(output, /^enrichment [0-9a-f]{24}: pending, https:\/\/www\.linkedin\.com\/in\/jane$/m);
    assert.match(output, /^callback [0-9a-f]{24}-1: delivered, http:\S+, attempts: 200$/m);
    assert.match(output, /^ {6}"enrichments": \[$/m);
    assert.match(output, /^E +enrichment_mock\.errors\.VerificationError: not as expected:\nE +expectation 0: /m);
    assert.doesNotMatch(output, /site-packages/, 'the report shows the lines of the test');

    const files = await pytest(cwd, ['--enrichment-snapshots', 'out/snapshots']);
    assert.match(files.output, /the snapshot is in out\/snapshots\/test_failing\.py-test_fails\.json/);
    assert.deepEqual(await readdir(join(cwd, 'out/snapshots')), [
      'test_failing.py-test_fails.json', 'test_failing.py-test_fails_after_a_callback.json', 'test_failing.py-test_verifies.json']);
    const snapshot = join(cwd, 'out/snapshots/test_failing.py-test_fails.json');
    const { teams: [team] } = JSON.parse(await readFile(snapshot, 'utf8'));
    assert.equal(team.enrichments.length, 1);
    await assertRestores(join(venv, 'bin/enrichment-mock'), snapshot);
    await pytest(cwd, [], { env: { ENRICHMENT_MOCK_SNAPSHOTS: 'elsewhere' } });
    assert.equal((await readdir(join(cwd, 'elsewhere'))).length, 3);
    await assertNoMockLeft();
  });

  test('uses the mock of ENRICHMENT_MOCK_URL, and starts none', async (t) => {
    const { url, child } = await startMock(join(venv, 'bin/enrichment-mock'));
    t.after(() => child.kill('SIGKILL'));
    const env = { ENRICHMENT_MOCK_URL: url, ENRICHMENT_MOCK_BINARY: '/nowhere' };
    for (const args of [[], [], ['-n', '2']]) { // repeated runs share the mock, but no team
      const { status, output } = await pytest(pathOf('python/suite'), ['test_team.py', ...args], { env });
      assert.equal(status, 0, output);
    }
  });
});

const FAILING = `import json, urllib.request
import pytest

def enrich(team, **more):
    lead = {"linkedin_url": "https://www.linkedin.com/in/jane", "type": "work", **more}
    team.call("POST", "/v1/api/enrichment/email", lead)

@pytest.mark.enrichment(scenario="stuck")
def test_fails(enrichment_team):
    enrich(enrichment_team)
    assert False

def test_fails_after_a_callback(enrichment_team):
    enrich(enrichment_team, callback_url=enrichment_team.sink_url("x"))
    enrichment_team.settle()
    assert False

def test_verifies(enrichment_team):
    enrichment_team.verify({"requests": {"method": "POST"}, "count": 1})

def test_passes(enrichment_team):
    enrich(enrichment_team)

@pytest.mark.xfail
def test_is_expected_to_fail(enrichment_team):
    assert False
`;

// The goal is 10 s, with the packages already downloaded. It is printed only, because it says as much about this machine.
test('from an empty folder to the first passing test', { timeout: 600_000 }, async (t) => {
  const started = Date.now();
  const first = await environmentWith('first-venv', wheel);
  const installed = Date.now();
  const cwd = await folderWith('first', { 'test_first.py': 'def test_first(enrichment_team):\n    assert enrichment_team.credits() == 250\n' });
  const { status, output } = await pytest(cwd, [], { venv: first });
  assert.equal(status, 0, output);
  const tested = Date.now();
  await runOk(join(first, 'bin/enrichment-mock'), ['--version']);
  const answered = Date.now();
  const seconds = (from, to) => ((to - from) / 1000).toFixed(1);
  t.diagnostic(`${seconds(started, installed)} s to install, ${seconds(installed, tested)} s to test; the command answers in ${answered - tested} ms`);
  for (const name of await wheelsIn('wheels')) t.diagnostic(`${(await stat(join(work, 'wheels', name))).size} bytes: ${name}`);
  await assertNoMockLeft();
});

describe('what is wrong is in the report', () => {
  const ONE = 'def test_one(enrichment_team):\n    pass\n';
  const reports = async (name, files, expected, options = {}) => {
    const { status, output } = await pytest(await folderWith(name, { 'test_one.py': ONE, ...files }), [], options);
    assert.equal(status, 1, output);
    for (const each of expected) assert.match(output, each);
    assert.doesNotMatch(output, /Traceback|site-packages/);
    await assertNoMockLeft();
  };
  const flags = (text) => ({ 'pytest.ini': `[pytest]\nenrichment_mock_args = ${text}\n` });
  const marked = (text) => ({ 'test_one.py': `import pytest\n@pytest.mark.enrichment(${text})\n${ONE}` });

  test('a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    await reports('port', flags(`--port ${port}`), [/did not start \(exit status 1\)/, new RegExp(`127.0.0.1:${port}: address already in use`)]);
    server.close();
  });

  test('a scenario with a mistake', async () => {
    const mine = '{ "name": "mine", "lookup": { "outcom": "failed" } }';
    await reports('mistake', { ...flags('--scenarios .'), 'mine.json': mine },
      [/did not start \(exit status 2\)/, /mine\.json:1:31: \/lookup: unknown key "outcom"; did you mean "outcome"\?/]);
  });

  test('a scenario that is not loaded', async () => {
    await reports('unknown', marked('scenario="stukk"'), [/the mock has no scenario "stukk"; did you mean "stuck"\?/]);
  });

  test('an unknown argument of the marker', async () => {
    await reports('argument', marked('credit=3'), [/@pytest\.mark\.enrichment takes scenario, credits, clock by name, not credit/]);
    await reports('positional', marked('"stuck"'), [/@pytest\.mark\.enrichment takes scenario, credits, clock by name, not 'stuck'/]);
  });

  test('no program for the platform', async () => {
    const any = join(work, 'wheels', (await wheelsIn('wheels')).find((name) => name.endsWith('-any.whl')));
    const other = await environmentWith('without-program', any);
    const expected = [/no enrichment-mock program for linux \S+: the wheel that is installed has none/, /set ENRICHMENT_MOCK_URL to its URL/];
    await reports('platform', {}, expected, { venv: other, env: { PATH: '/usr/bin:/bin' } });
    const { status, output } = await run(join(other, 'bin/python'), ['-m', 'enrichment_mock'], { env: { PATH: '/usr/bin:/bin' } });
    assert.deepEqual([status, output.split('\n')[0].startsWith('enrichment-mock: no enrichment-mock program')], [1, true], output);
  });

  test('nothing is at ENRICHMENT_MOCK_URL', async () => {
    const cwd = await folderWith('nothing-there', { 'test_one.py': ONE,
      'conftest.py': `import os, socket, pytest, enrichment_mock as em
taken = socket.socket()
taken.bind(("127.0.0.1", 0))  # nothing listens there, and nothing can
os.environ["ENRICHMENT_MOCK_URL"] = f"http://127.0.0.1:{taken.getsockname()[1]}"
@pytest.fixture(scope="session")
def enrichment_mock():
    return em.start_mock(timeout=0)
` });
    const { output } = await pytest(cwd);
    assert.match(output, /StartError: GET \/__admin\/health: cannot reach the mock at \S+ .*refused/);
  });
});

test('a mock ends with pytest, even if that is killed', { timeout: 120_000 }, async () => {
  const cwd = await folderWith('killed', { 'test_killed.py': `import os, signal
def test_killed(enrichment_mock):
    os.kill(os.getpid(), signal.SIGKILL)
` });
  assert.equal((await pytest(cwd)).status, 'SIGKILL');
  await assertNoMockLeft();
  const { output } = await pytest(cwd, ['-n', '2']);
  assert.match(output, /crashed/);
  await assertNoMockLeft();
});

test('in Debian 11 the suite passes with Python 3.9', { timeout: 1_800_000 }, async (t) => {
  const debian = Root.debian(t, 'bullseye', ['python3', 'python3-venv', 'python3-pytest', 'python3-pytest-xdist']);
  debian.copy(wheel, `/suite/${basename(wheel)}`);
  for (const name of ['test_team.py', 'test_async.py', 'test_mock.py']) debian.copy(pathOf(`python/suite/${name}`), `/suite/${name}`);
  const script = `set -e; cd /suite
python3 --version; python3 -m venv --system-site-packages venv; venv/bin/pip install --no-index *.whl; venv/bin/pip check
for way in "" "-n 2"; do venv/bin/python -m pytest -q -p no:cacheprovider $way; done`;
  const { status, output } = debian.run(['/bin/sh', '-c', script], { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' });
  assert.equal(status, 0, output);
  assert.match(output, /^Python 3\.9/m);
  assert.equal(output.match(/^\d+ passed/gm)?.length, 2, output);
});

test('for arm64, pip installs the program for arm64, and it works', { skip: HERE !== 'x86_64' && 'qemu emulates arm64 for x86_64', timeout: 3_600_000 }, async () => {
  await packTo('arm', '--binary', `linux-aarch64=${await staticBinary('arm64')}`);
  const to = join(work, 'arm64');
  await runOk(join(venv, 'bin/pip'), ['install', '--no-index', '--find-links', join(work, 'arm'), '--target', to, '--only-binary', ':all:', '--platform', 'manylinux2014_aarch64', 'enrichment-mock']);
  const program = join(to, 'bin/enrichment-mock');
  assert.equal((await stat(program)).mode & 0o111, 0o111);
  const env = { ENRICHMENT_MOCK_BINARY: await emulated(program) };
  const { status, output } = await pytest(pathOf('python/suite'), ['test_team.py', 'test_async.py'], { env });
  assert.equal(status, 0, output);
});
