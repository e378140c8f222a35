// Every console block on every page is run, in order, in one shell for each page, against a server for each page. What the
// commands print is compared with what the page shows; `…` there stands for any text.
//
// `server/run` and `enrichment-mock` are the program as it was built for the tests. Ports are replaced by free ones, and the
// clock runs faster. A block with a file's name (```js first.test.mjs) is a suite of tests, which has to pass; it finds the
// packages for npm and Python. A console block with a name is run by a test at the end.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { pageAt, pages, root, steps } from './pages.mjs';
import { ask, binary, environment } from './program.mjs';
import { PATIENCE, Shell, Transcript } from './shell.mjs';

const readme = pageAt('README.md');
const terminal = (name) => readme.blocks.find((block) => block.language === 'console' && block.name === name).text;

const pattern = (text) =>
  new RegExp(`^${text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*')}$`);

const RUNNERS = { js: 'node --test', python: 'pytest' };
const pytest = ['pytest', 'pytest-3'].find((program) => !spawnSync(program, ['--version']).error);

// As if the packages had been installed in the folder, except that the program is the one of the tests. Returns variables.
function providePackages(folder) {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(root, 'server/packages/npm'), join(folder, 'node_modules/enrichment-mock'));
  const { status, stdout, stderr } = spawnSync(join(root, 'server/packages/python/pack'), ['--out', folder], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return { ENRICHMENT_MOCK_BINARY: binary, PYTHONPATH: stdout.trim() };  // Python reads a wheel like a folder
}

// A shell in a folder of its own, with a mock.
class Session {
  static async start(t) {
    const session = new Session();
    session.folder = mkdtempSync(join(tmpdir(), 'page-'));
    t.after(() => rmSync(session.folder, { recursive: true }));
    for (const command of ['server/run', 'bin/enrichment-mock']) {
      mkdirSync(join(session.folder, dirname(command)));
      symlinkSync(binary, join(session.folder, command));
    }
    symlinkSync(join(root, 'tests'), join(session.folder, 'tests'));

    const flags = ['--port', '0', '--time-scale', '2', '--quiet'];
    const server = spawn(binary, flags, { stdio: ['ignore', 'pipe', 'ignore'], env: environment });
    t.after(() => server.kill());
    const ready = await new Transcript(server.stdout).until((text) => text.endsWith('\n'), 'the server');
    session.port = /http:\/\/\S+:(\d+)/.exec(ready)[1];

    session.shell = new Shell(session.folder, { ...environment, PATH: `${join(session.folder, 'bin')}:${environment.PATH}` });
    t.after(() => session.shell.end());
    return session;
  }

  // The page's text with the ports of this session.
  here(text) {
    return text.replaceAll('127.0.0.1:8080', `127.0.0.1:${this.port}`).replaceAll('--port 8080', `--port ${this.port}`);
  }

  async run({ language, name, text }) {
    if (language === 'console' && name === '') {
      for (const step of steps(text)) await this.runStep(step);
    } else if (name.includes('.')) {
      writeFileSync(join(this.folder, name), this.here(text));
      this.packages ??= Object.entries(providePackages(this.folder)).map((variable) => variable.join('=')).join(' ');
      const runner = RUNNERS[language].replace(/^pytest$/, `${pytest} -p no:cacheprovider`);
      await this.runStep({ command: `env ${this.packages} ${runner} ${name} >tests.log 2>&1 || cat tests.log`, output: [] });
    }
  }

  // A poll may be early: it is safe to repeat, as a reader would.
  async runStep({ command, output }) {
    const wanted = pattern(this.here(output.join('\n')));
    const repeatable = command.startsWith('curl') && !/ -(d|X) /.test(command);
    const patience = Date.now() + PATIENCE;
    for (;;) {
      const printed = await this.shell.run(this.here(command), wanted);
      if (wanted.test(printed)) return;
      if (!repeatable || Date.now() > patience) assert.match(printed, wanted, `${command}\nprinted:\n${printed}`);
    }
  }
}

for (const page of pages.filter(({ blocks }) => blocks.some(({ language, name }) => language === 'console' && name === ''))) {
  test(`every command of ${page.path} does what the page shows`, async (t) => {
    const session = await Session.start(t);
    for (const block of page.blocks) await session.run(block);
    for (const { language, name } of page.blocks.filter((block) => block.name.includes('.')))
      assert.ok(page.text.includes(`\`${RUNNERS[language]} ${name}\``), `the page says how to run ${name}`);
  });
}

test('the mock starts in the background as the README shows', async (t) => {
  const [version, start] = steps(terminal('server'));
  assert.match(ask('--version'), pattern(version.output.join('\n') + '\n'));
  const session = await Session.start(t);
  const [ready] = start.output;
  const shown = pattern(ready.replace(':8080', ':…'));
  const command = start.command.replace(' &', ' --port 0 &');
  assert.match(await session.shell.run(command, shown), shown);
});
