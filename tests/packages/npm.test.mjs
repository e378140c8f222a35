// The npm packages as a user gets them: published to a registry on this machine, installed into empty folders, used by
// suites for Vitest, Jest and node:test. The suites are in npm/. Needs a network, because the suites install their runners.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { assertNoMockLeft, assertRestores, assertStateSurvivesKill, emulated, environment, install, run, runOk, startMock, staticBinary, work } from './commands.mjs';
import { project } from './root.mjs';

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));
const PATIENCE = 600_000; // milliseconds: what takes longer hangs, on the slowest machine, too
const VITEST = ['vitest@3.2.7', 'typescript@5.9.3', '@types/node@20.19.0'], JEST = ['jest@30.5.2'];
const HERE = `${process.platform}-${process.arch}`;
const ARM = 'linux-arm64';
const DARWIN = 'darwin-arm64'; // its package has the program of another platform here, and is not installed
const NODE_18 = `node-${HERE}@18.20.8`;

environment.npm_config_cache = join(work, 'cache');

const npm = (cwd, ...args) => runOk('npm', args, { cwd });

// An empty folder with what npm installs into it, and the suites.
async function makeProject(name, ...packages) {
  const folder = join(work, name);
  await mkdir(folder);
  await npm(folder, 'init', '-y');
  await npm(folder, 'install', '--save-dev', 'enrichment-mock', ...packages);
  for (const each of ['client.cjs', 'suites.cjs', 'vitest', 'jest', 'node-test'])
    await cp(pathOf(`npm/${each}`), join(folder, each), { recursive: true });
  return folder;
}

// The same, once for each name.
const projects = new Map();
function sharedProject(name, ...packages) {
  if (!projects.has(name)) projects.set(name, makeProject(name, ...packages));
  return projects.get(name);
}

const bin = (folder, name) => join(folder, 'node_modules/.bin', name);

let registry, packed, binaries;

before(async () => {
  binaries = { [HERE]: await staticBinary(), [ARM]: await staticBinary('arm64') };
  binaries[DARWIN] = binaries[HERE];
  await install('need command python3 python3 -; need command ps procps -; install_needed; install_from_npm tests/packages/npm');
  const args = ['--out', join(work, 'packed'), '--repository', 'https://example.com/mock.git'];
  packed = (await runOk(pathOf('../../server/packages/npm/pack'), [...args, ...Object.entries(binaries).map((each) => `--binary=${each.join('=')}`)]))
    .trim().split('\n').filter((line) => line.endsWith('.tgz'));
  registry = await startRegistry();
  Object.assign(environment, { npm_config_registry: registry.url, npm_config_userconfig: registry.userconfig });
  await runOk(pathOf('../../server/packages/npm/publish'), [join(work, 'packed')]);
}, { timeout: 3_600_000 });

after(() => registry?.stop());

async function startRegistry() {
  const npmjs = (await runOk('npm', ['config', 'get', 'registry'])).trim();
  const storage = join(project, 'build/packages/npm'); // what it has downloaded stays for the next time
  for (const name of ['enrichment-mock', ...Object.keys(binaries).map((each) => `enrichment-mock-${each}`)])
    await rm(join(storage, name), { recursive: true, force: true });
  const configuration = join(work, 'verdaccio.json');
  await writeFile(configuration, JSON.stringify({
    storage,
    auth: { htpasswd: { file: join(work, 'htpasswd'), max_users: 1 } },
    uplinks: { npmjs: { url: npmjs, timeout: '60s', maxage: '30d' } },
    packages: {
      'enrichment-mock*': { access: '$all', publish: '$authenticated' },
      '**': { access: '$all', proxy: 'npmjs' },
    },
    max_body_size: '100mb',
    web: { enable: false },
    log: { type: 'stdout', format: 'pretty', level: 'error' },
  }));
  const child = spawn(process.execPath, [pathOf('npm/registry.cjs'), configuration], { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
  const url = await urlOf(child);
  child.stdout.resume();
  const user = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'me', password: 'secret-1' }) };
  const { token } = await (await fetch(`${url}/-/user/org.couchdb.user:me`, user)).json();
  const userconfig = join(work, 'npmrc');
  await writeFile(userconfig, `${url.replace('http:', '')}/:_authToken=${token}\naudit=false\nfund=false\nupdate-notifier=false\n`);
  return { url, userconfig, async stop() { child.stdin.end(); await once(child, 'exit'); } };
}

async function urlOf(registryProcess) {
  let log = '';
  for await (const line of createInterface({ input: registryProcess.stdout })) {
    const [, port] = /^port (\d+)$/.exec(line) ?? [];
    if (port) return `http://127.0.0.1:${port}`;
    log += `${line}\n`;
  }
  return assert.fail(`the registry did not start:\n${log}`);
}

const json = async (...path) => JSON.parse(await readFile(join(...path), 'utf8'));

describe('the packages', { timeout: PATIENCE }, () => {
  let folder;
  before(async () => { folder = await makeProject('plain'); });
  after(() => assertNoMockLeft(folder));

  test('npm installs them without scripts and dependencies, and only the program of this platform', async () => {
    const installed = (await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.')).sort();
    assert.deepEqual(installed, ['enrichment-mock', `enrichment-mock-${HERE}`]);
    const [, version] = /^project\(enrichment_mock VERSION ([\d.]+)/m.exec(await readFile(pathOf('../../CMakeLists.txt'), 'utf8'));
    for (const name of installed) {
      const about = await json(folder, 'node_modules', name, 'package.json');
      assert.deepEqual([about.version, about.scripts, about.dependencies], [version, undefined, undefined], name);
      assert.equal(about.repository.url, 'https://example.com/mock.git');
    }
    const { optionalDependencies } = await json(folder, 'node_modules/enrichment-mock/package.json');
    assert.deepEqual(optionalDependencies, Object.fromEntries(Object.keys(binaries).map((each) => [`enrichment-mock-${each}`, version])));
  });

  test('npx runs the program, and passes on its output, exit status and signals', async () => {
    assert.match(await runOk('npx', ['enrichment-mock', '--version'], { cwd: folder }), /^enrichment-mock \d/);
    const wrong = await run('npx', ['enrichment-mock', '--prot', '1'], { cwd: folder });
    assert.equal(wrong.status, 2);
    assert.match(wrong.output, /did you mean "port"|--port/);
    // A terminal sends Ctrl+C to the whole group of processes; kill sends SIGTERM to one.
    for (const [signal, receivers] of [['SIGTERM', 1], ['SIGINT', -1]]) {
      const options = { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'ignore'], detached: true };
      const child = spawn('npx', ['enrichment-mock', '--port', '0'], options);
      const [line] = await once(createInterface({ input: child.stdout }), 'line');
      const [, url] = /listening on (\S+) /.exec(line);
      assert.equal((await (await fetch(`${url}/__admin/health`)).json()).status, 'ok');
      process.kill(receivers * child.pid, signal);
      await once(child, 'exit');
      await assertNoMockLeft(folder);
    }
  });

  test('npx answers in an empty folder', async () => {
    const empty = join(work, 'empty');
    await mkdir(empty);
    assert.match(await runOk('npx', ['--yes', 'enrichment-mock', '--version'], { cwd: empty }), /^enrichment-mock \d/);
  });

  test('the command has the exit status of the program, also after signals', async () => {
    const status = async (signal) => {
      const child = spawn(bin(folder, 'enrichment-mock'), ['--port', '0'], { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
      await once(child.stdout, 'data');
      child.kill(signal);
      return (await once(child, 'exit'))[0];
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) assert.equal(await status(signal), 0, signal);
    const exec = ['exec', '--', 'sh', '-c', 'echo "$ENRICHMENT_MOCK_SNAPSHOTS"; exit 3'];
    const ended = await run(bin(folder, 'enrichment-mock'), exec, { env: { ENRICHMENT_MOCK_SNAPSHOTS: 'here' } });
    assert.equal(ended.status, 3);
    assert.match(ended.output, /^here$/m);
    const script = join(folder, 'program');
    await writeFile(script, '#!/bin/sh\nkill -KILL $$\n', { mode: 0o755 });
    const killed = await run(bin(folder, 'enrichment-mock'), [], { env: { ENRICHMENT_MOCK_BINARY: script } });
    assert.equal(killed.status, 'SIGKILL');
  });

  test('what the program has saved with --state is there after it was killed', async () => {
    const program = join(folder, 'node_modules', `enrichment-mock-${HERE}`, 'bin/enrichment-mock');
    await assertStateSurvivesKill([program], join(folder, 'mock.state'));
  });

  test('a platform without a program gets told what to do', async () => {
    const windows = join(folder, 'windows.cjs');
    await writeFile(windows, "Object.defineProperty(process, 'platform', { value: 'win32' });\n");
    const unknown = await run(bin(folder, 'enrichment-mock'), [], { env: { NODE_OPTIONS: `--require=${windows}` } });
    assert.equal(unknown.status, 1);
    assert.match(unknown.output, new RegExp(`has no program for win32-${process.arch}, only for .*${HERE}.*ENRICHMENT_MOCK_URL`));
    const program = join(folder, 'node_modules', `enrichment-mock-${HERE}`);
    await rename(program, join(work, 'away'));
    try {
      const missing = await run(bin(folder, 'enrichment-mock'), []);
      assert.equal(missing.status, 1);
      assert.match(missing.output, new RegExp(`package enrichment-mock-${HERE}.*is not installed.*--omit=optional`));
    } finally {
      await rename(join(work, 'away'), program);
    }
    const absent = await run(bin(folder, 'enrichment-mock'), [], { env: { ENRICHMENT_MOCK_BINARY: '/nowhere' } });
    assert.match(absent.output, /^enrichment-mock: cannot run the program: .*\/nowhere/);
  });

  const forApi = { AJV: pathOf('../node_modules/ajv/dist/2020.js'), OPENAPI: pathOf('../../server/control/openapi.json') };

  test('each method does what its types say', async () => {
    await runOk(process.execPath, ['--test', 'node-test/api.test.mjs'], { cwd: folder, env: forApi });
  });

  test('all of it works in Node 18', { skip: process.platform !== 'linux' && 'npm has Node 18 for Linux' }, async () => {
    await npm(folder, 'install', '--no-save', NODE_18);
    const node = join(folder, 'node_modules', `node-${HERE}`, 'bin/node');
    assert.match(await runOk(node, ['--version']), /^v18\./);
    await runOk(node, ['--test', 'node-test/three.test.mjs', 'node-test/api.test.mjs'], { cwd: folder, env: forApi });
    assert.match(await runOk(node, [bin(folder, 'enrichment-mock'), '--version']), /^enrichment-mock/);
  });

  test('CommonJS and ESM get the same objects', async () => {
    const script = "import('enrichment-mock').then((m) => console.log(m.startMock === require('enrichment-mock').startMock, Object.keys(require('enrichment-mock')).every((name) => name in m)))";
    assert.equal(await runOk(process.execPath, ['--eval', script], { cwd: folder }), 'true true\n');
  });

  test('for arm64, npm installs the program for arm64, and it works', { skip: HERE !== 'linux-x64' && 'qemu emulates arm64 for x64' }, async () => {
    const arm = join(work, 'arm64');
    await mkdir(arm);
    await npm(arm, 'init', '-y');
    await npm(arm, 'install', '--save-dev', '--os=linux', '--cpu=arm64', 'enrichment-mock');
    const installed = (await readdir(join(arm, 'node_modules'))).filter((name) => !name.startsWith('.')).sort();
    assert.deepEqual(installed, ['enrichment-mock', `enrichment-mock-${ARM}`]);
    const program = join(arm, 'node_modules', `enrichment-mock-${ARM}`, 'bin/enrichment-mock');
    assert.equal((await stat(program)).mode & 0o777, 0o755);
    const env = { ...forApi, ENRICHMENT_MOCK_BINARY: await emulated(program) };
    await runOk(process.execPath, ['--test', 'node-test/three.test.mjs'], { cwd: folder, env });
  });
});

// For each runner: what it installs, how it runs some files, and which example of the package's README is for it.
const RUNNERS = [
  { name: 'vitest', packages: VITEST, example: 'vitest.test.mjs', command: (folder, files) => [bin(folder, 'vitest'), ['run', ...files]] },
  { name: 'vitest', packages: VITEST, pool: 'threads', command: (folder, files) => [bin(folder, 'vitest'), ['run', '--pool=threads', ...files]] },
  { name: 'jest', packages: JEST, example: 'jest.test.js', command: (folder, files) => [bin(folder, 'jest'), ['--ci', ...files]] },
  { name: 'jest', packages: JEST, pool: 'one process', command: (folder, files) => [bin(folder, 'jest'), ['--ci', '--runInBand', ...files]] },
  { name: 'node-test', packages: [], example: 'node.test.mjs', command: (folder, files) => [process.execPath, ['--test', '--test-reporter=spec', ...files]] },
];

for (const { name, packages, pool = 'processes', example, command } of RUNNERS) {
  describe(`${name} with ${pool}`, { timeout: PATIENCE }, () => {
    let folder;
    before(async () => { folder = await sharedProject(name, ...packages); });
    after(() => assertNoMockLeft(folder));

    const suite = async (subject, env) => {
      const files = (await readdir(join(folder, name))).filter((file) => file.startsWith(`${subject}.`));
      return run(...command(folder, files.map((file) => `${name}/${file}`)), { cwd: folder, env });
    };

    test('a suite of three tests passes', async () => {
      const { status, output } = await suite('three');
      assert.equal(status, 0, output);
      await assertNoMockLeft(folder);
    });

    test('a failing test says what differs, and where the snapshot is', async () => {
      await rm(join(folder, 'test-results'), { recursive: true, force: true });
      const { status, output } = await suite('failing');
      assert.equal(status, 1, output);
      assert.match(output, /expectation 0: POST any path, body .*: expected 1 requests, found 0\n *nearest: request \d+ of the journal: body: /);
      const snapshots = await readdir(join(folder, 'test-results/enrichment-mock'));
      for (const title of ['verify-fails', 'an-assertion-fails', 'the-test-takes-too-long']) {
        const file = snapshots.find((each) => each.startsWith(`default.${title}-`));
        assert.ok(file && output.includes(`is in test-results/enrichment-mock/${file}`), `${title}: ${output}`);
        const { teams: [team] } = await json(folder, 'test-results/enrichment-mock', file);
        assert.equal(team.enrichments.length, 1);
        await assertRestores(bin(folder, 'enrichment-mock'), join(folder, 'test-results/enrichment-mock', file));
      }
      if (name !== 'node-test') assert.match(output, /3 failed/);
      await assertNoMockLeft(folder);
    });

    test('a mock that cannot start shows why', async () => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address();
      const broken = join(folder, 'broken.json');
      await writeFile(broken, '{"name": "broken", "rules": [{"match": {"usename": "x"}}]}');
      const { status, output } = await suite('not-started', { TAKEN_PORT: String(port), BROKEN_SCENARIO: broken });
      taken.close();
      assert.equal(status, 1, output);
      assert.match(output, new RegExp(`127\\.0\\.0\\.1:${port}: address already in use`));
      assert.match(output, /broken\.json:1:\d+: \/rules\/0\/match: unknown key "usename"; did you mean "username"\?/);
      assert.match(output, /unknown option "scenaro"; expected scenario/);
      const program = join(folder, 'node_modules', `enrichment-mock-${HERE}`);
      const away = join(work, 'away'); // in the folder of the suite, Jest would find it
      await rename(program, away);
      const without = await suite('three');
      await rename(away, program);
      assert.equal(without.status, 1, without.output);
      assert.match(without.output, new RegExp(`The package enrichment-mock-${HERE}, which has the program for this platform, is not installed`));
    });

    test('each test has a key of its own, which is the same in each run', async () => {
      const extension = name === 'jest' ? 'test.js' : 'test.mjs';
      await cp(join(folder, name, `same-titles.${extension}`), join(folder, name, `same-titles.again.${extension}`));
      const keys = async () => {
        const { status, output } = await suite('same-titles');
        assert.equal(status, 0, output);
        return [...output.matchAll(/KEY (\S+)/g)].map(([, key]) => key).sort();
      };
      const first = await keys();
      assert.equal(new Set(first).size, 4, `${first}`);
      assert.deepEqual(await keys(), first);
    });

    test('with ENRICHMENT_MOCK_URL, a mock that already runs is used, again and again', async () => {
      const { url, child } = await startMock(bin(folder, 'enrichment-mock'));
      const env = { ENRICHMENT_MOCK_URL: url, ENRICHMENT_MOCK_BINARY: '/nowhere' };
      const teams = async () => (await (await fetch(`${url}/__admin/teams`)).json()).teams.map(({ id }) => id).sort();
      assert.equal((await suite('three', env)).status, 0);
      const first = await teams();
      assert.ok(first.length >= 3);
      assert.equal((await suite('three', env)).status, 0);
      assert.deepEqual(await teams(), first);
      child.kill();
      await once(child, 'exit');
    });

    test('a worker that is killed leaves no mock behind', async () => {
      const { status, output } = await suite('killed'); // in the runner's own process, that is killed
      assert.ok(status === 1 || status === 'SIGKILL', output);
      await assertNoMockLeft(folder);
    });

    if (example) {
      test('the example of the README passes', async () => {
        const page = await readFile(pathOf('../../server/packages/npm/README.md'), 'utf8');
        const [, code] = new RegExp(`^\`\`\`js ${example}\n(.*?)^\`\`\``, 'ms').exec(page);
        await writeFile(join(folder, example), code);
        await runOk(...command(folder, [example]), { cwd: folder });
      });
    }

    if (name !== 'jest') {
      test('64 tests in parallel do not see each other', async () => {
        const { status, output } = await suite('parallel');
        assert.equal(status, 0, output);
        assert.match(output, /64 passed|pass 64/);
      });
    }

    if (name === 'vitest') {
      test('a suite may replace timers and fetch', async () => {
        const { status, output } = await suite('replaced');
        assert.equal(status, 0, output);
      });
    }

    if (pool === 'one process') {
      test('the files of a worker share one mock, and none of its handles keeps the runner alive', async () => {
        for (const each of ['one', 'two']) {
          await writeFile(join(folder, `${each}.test.js`), `require('enrichment-mock/jest').test('x', ({ mock }) => console.log(mock.url));`);
        }
        const { status, output } = await run(bin(folder, 'jest'), ['--ci', '-i', '--detectOpenHandles', 'one.test.js', 'two.test.js'], { cwd: folder });
        assert.equal(status, 0, output);
        const [first, second] = output.match(/http:\S+/g);
        assert.equal(first, second);
        assert.doesNotMatch(output, /open handle/);
      });
    }
  });
}

// A module with every example of a JSON body in the document, as a value of its type, and with the names of all types.
function examplesAsTypeScript(document) {
  const resolved = (value) => (value.$ref ? resolved(value.$ref.split('/').slice(1).reduce((found, step) => found[step], document)) : value);
  const lines = Object.values(document.paths).flatMap((path) => Object.entries(path)).filter(([method]) => method !== 'parameters')
    .flatMap(([, operation]) => [operation.requestBody ?? {}, ...Object.values(operation.responses)])
    .map((body) => resolved(body).content?.['application/json']).filter((content) => content?.schema.$ref)
    .flatMap(({ schema, example, examples = {} }) =>
      [...(example === undefined ? [] : [example]), ...Object.values(examples).map((each) => resolved(each).value)]
        .map((value) => `use<Schemas['${schema.$ref.split('/').at(-1)}']>(${JSON.stringify(value)});`));
  assert.ok(lines.length > 100, `${lines.length}`);
  const names = Object.keys(document.components.schemas).map((name) => `'${name}'`).join(' | ');
  return `import type { Schemas } from 'enrichment-mock';
declare function use<T>(value: T): void;
use<[keyof Schemas] extends [${names}] ? [${names}] extends [keyof Schemas] ? true : false : false>(true);
${lines.join('\n')}
`;
}

describe('types', { timeout: PATIENCE }, () => {
  let folder;
  before(async () => {
    folder = await sharedProject('vitest', ...VITEST);
    for (const file of ['esm.mts', 'cjs.cts', 'plain.ts']) await cp(pathOf('npm/types/consumer.ts'), join(folder, file));
    await writeFile(join(folder, 'examples.mts'), examplesAsTypeScript(await json(pathOf('../../server/control/openapi.json'))));
  });

  for (const [module, resolution, ...files] of [
    ['node16', 'node16', 'esm.mts', 'cjs.cts', 'examples.mts'],
    ['nodenext', 'nodenext', 'esm.mts', 'cjs.cts'],
    ['esnext', 'bundler', 'plain.ts'],
    ['commonjs', 'node10', 'plain.ts'],
  ]) {
    test(`a strict program compiles with module ${module} and moduleResolution ${resolution}`, async () => {
      const strict = ['--noEmit', '--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--target', 'es2022', '--lib', 'es2022', '--types', 'node'];
      const { output } = await run(bin(folder, 'tsc'), [...strict, '--module', module, '--moduleResolution', resolution, ...files], { cwd: folder });
      // Other packages have declarations that do not compile with each of them.
      const ours = output.split('\n').filter((line) => /^\S/.test(line) && !/^node_modules\/(?!enrichment-mock)/.test(line));
      assert.deepEqual(ours, []);
    });
  }
});

// The goal is 15 s, with the packages already downloaded: npm has them in its cache. It is printed only, because it says
// as much about this machine.
test('from an empty folder to the first passing test', { timeout: PATIENCE }, async (t) => {
  await sharedProject('vitest', ...VITEST);
  const started = Date.now();
  const folder = await makeProject('first', VITEST[0]);
  const installed = Date.now();
  await runOk(bin(folder, 'vitest'), ['run', 'vitest/three.test.mjs'], { cwd: folder });
  const tested = Date.now();
  await runOk(join(folder, 'node_modules/.bin/enrichment-mock'), ['--version'], { cwd: folder });
  const answered = Date.now();
  const seconds = (from, to) => ((to - from) / 1000).toFixed(1);
  t.diagnostic(`${seconds(started, installed)} s to install, ${seconds(installed, tested)} s to test; the command answers in ${seconds(tested, answered)} s`);
  for (const file of packed) t.diagnostic(`${(await stat(file)).size} bytes: ${basename(file)}`);
  await assertNoMockLeft(folder);
});
