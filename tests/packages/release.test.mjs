// What server/packages/release makes for a release, with everything that can be built here: both Linux programs and the
// Debian package.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { before, test } from 'node:test';

import { Program } from '../docker/namespace.mjs';
import { folder, makeDebianPackage, makeRelease, own, programFor, run, version } from './published.mjs';
import { project, Root } from './root.mjs';

const within = { timeout: 3_600_000 };
const architectures = ['x86_64', 'arm64'];
const skill = readFileSync(join(project, 'server/packages/SKILL.md'), 'utf8');

let output, debian;
before(() => {
  run('bash', '-euc', 'source server/packages.sh; need command debootstrap debootstrap -; need command qemu-aarch64-static qemu-user-static -; need_to_test_python; need command npm npm -; install_needed');
  const file = makeDebianPackage();
  debian = basename(file);
  output = makeRelease({ architectures, debs: [file] });
}, within);

const fail = (args, env = {}) => {
  const { status, stderr } = spawnSync('server/packages/release', args, { cwd: project, encoding: 'utf8', env: { ...process.env, ...env } });
  assert.equal(status, 2, stderr);
  return stderr;
};

test('it has archives, packages and wheels for both architectures, and each is run', () => {
  const wheel = (machine) => `python/enrichment_mock-${version}-py3-none-manylinux_2_17_${machine}.manylinux2014_${machine}.musllinux_1_1_${machine}.whl`;
  const files = [
    `github/${debian}`, 'github/SHA256SUMS', ...architectures.map((each) => `github/enrichment-mock-linux-${each}.tar.gz`),
    ...['', '-linux-x64', '-linux-arm64'].map((each) => `npm/enrichment-mock${each}-${version}.tgz`),
    `python/enrichment_mock-${version}-py3-none-any.whl`, wheel('x86_64'), wheel('aarch64'),
  ];
  const found = ['github', 'npm', 'python'].flatMap((each) => readdirSync(join(folder, each)).map((name) => `${each}/${name}`));
  assert.deepEqual(found.sort(), files.sort());
  for (const each of architectures) assert.match(output, new RegExp(`^runs(${each === own ? '' : ` with qemu-\\w+-static`}): the archive for linux-${each}$`, 'm'));
  assert.match(output, new RegExp(`^runs: the npm package for linux-${own}\nruns: the wheel for linux-${own}$`, 'm'));
});

test('SHA256SUMS has all files of the release, and their checksums', () => {
  const { status, stdout } = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(folder, 'github'), encoding: 'utf8' });
  assert.equal(status, 0);
  assert.deepEqual(stdout.trim().split('\n').sort(), readdirSync(join(folder, 'github')).filter((name) => name !== 'SHA256SUMS').map((name) => `${name}: OK`).sort());
});

test('each package has the page for coding agents', () => {
  const inside = [
    ['tar', '-xzOf', join(folder, 'github/enrichment-mock-linux-arm64.tar.gz'), './SKILL.md'],
    ['tar', '-xzOf', join(folder, `npm/enrichment-mock-${version}.tgz`), 'package/SKILL.md'],
    ['python3', '-c', 'import sys, zipfile; sys.stdout.write(zipfile.ZipFile(sys.argv[1]).read("enrichment_mock/SKILL.md").decode())', join(folder, `python/enrichment_mock-${version}-py3-none-any.whl`)],
    ['bash', '-c', 'dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/share/doc/enrichment-mock/SKILL.md', 'bash', join(folder, 'github', debian)],
  ];
  for (const command of inside) assert.equal(run(...command), skill, command.join(' '));
});

test('the archive of the same program is the same', within, (t) => {
  const out = mkdtempSync(join(tmpdir(), 'release-'));
  t.after(() => rmSync(out, { recursive: true }));
  run('server/packages/release', '--out', out, '--binary', `linux-${own}=${programFor(own)}`);
  const [first, second] = [folder, out].map((each) => readFileSync(join(each, `github/enrichment-mock-linux-${own}.tar.gz`)));
  assert.ok(first.equals(second));
});

test('the archive runs on Debian 11', within, (t) => {
  const root = Root.debian(t, 'bullseye');
  root.copy(join(folder, `github/enrichment-mock-linux-${own}.tar.gz`), 'root/mock.tar.gz');
  const env = { PATH: '/usr/bin:/bin' };
  assert.deepEqual(root.run(['tar', '-C', '/usr/local/bin', '-xzf', '/root/mock.tar.gz', './enrichment-mock'], env), { status: 0, output: '' });
  assert.match(root.run(['/usr/local/bin/enrichment-mock', '--version'], env).output, new RegExp(`^enrichment-mock ${version}\n`));
});

test('a program for macOS is in an archive and an npm package, is not run, and has no wheel', within, (t) => {
  const out = mkdtempSync(join(tmpdir(), 'release-'));
  t.after(() => rmSync(out, { recursive: true }));
  writeFileSync(join(out, 'program'), 'for another system');
  assert.match(run('server/packages/release', '--out', out, '--binary', `darwin-arm64=${join(out, 'program')}`), /^not run here: the archive for darwin-arm64$/m);
  const found = ['github', 'npm', 'python'].map((each) => readdirSync(join(out, each)).sort());
  assert.deepEqual(found, [
    ['SHA256SUMS', 'enrichment-mock-darwin-arm64.tar.gz'],
    [`enrichment-mock-${version}.tgz`, `enrichment-mock-darwin-arm64-${version}.tgz`],
    [`enrichment_mock-${version}-py3-none-any.whl`],
  ]);
});

// A registry that only keeps what is published. Returns { env, published }, the ids in their order.
async function startRegistry(t) {
  const published = [];
  const documents = new Map();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    if (request.method === 'PUT') {
      const document = JSON.parse(text);
      documents.set(request.url, text);
      published.push(document._id);
      response.writeHead(201).end('{}');
    } else {
      response.writeHead(documents.has(request.url) ? 200 : 404).end(documents.get(request.url) ?? '{}');
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const home = mkdtempSync(join(tmpdir(), 'npm-'));
  t.after(() => {
    server.close();
    rmSync(home, { recursive: true });
  });
  const host = `//127.0.0.1:${server.address().port}/`;
  writeFileSync(join(home, 'npmrc'), `registry=http:${host}\n${host}:_authToken=secret\n`);
  return { published, env: { ...process.env, npm_config_userconfig: join(home, 'npmrc'), npm_config_cache: join(home, 'cache') } };
}

test('npm packages are published after the packages that they depend on, each once', within, async (t) => {
  const { published, env } = await startRegistry(t);
  const publish = async (...args) => {
    const child = spawn('server/packages/npm/publish', args, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const program = new Program(child);
    return { status: await program.ended, output: program.output };
  };
  const first = await publish(join(folder, 'npm'), '--access', 'public');
  assert.equal(first.status, 0, first.output);
  assert.deepEqual(published, ['enrichment-mock-linux-arm64', 'enrichment-mock-linux-x64', 'enrichment-mock']);
  const again = await publish(join(folder, 'npm'));
  assert.equal(again.status, 0, again.output);
  assert.match(again.output, new RegExp(`^The registry has enrichment-mock@${version}$`, 'm'));
  assert.equal(published.length, 3);
  assert.match((await publish(join(folder, 'python'))).output, /does not have the packages/);
  assert.equal((await publish()).status, 2);
});

test('a wrong tag, program or argument is refused', within, (t) => {
  const out = mkdtempSync(join(tmpdir(), 'release-'));
  t.after(() => rmSync(out, { recursive: true }));
  const binary = `linux-${own}=${programFor(own)}`;
  assert.equal(fail(['--out', out, '--binary', binary, '--tag', 'v9.9.9']), `server/packages/release: the tag is v9.9.9, but CMakeLists.txt has version ${version}\n`);
  assert.match(fail(['--out', out, '--binary', 'windows=x']), /--binary windows=x: expected PLATFORM=FILE with linux-x86_64, linux-arm64, darwin-x86_64, darwin-arm64/);
  assert.match(fail(['--out', out]), /--binary is missing; see --help/);
  assert.match(fail(['--binary', binary]), /--out is missing/);
  assert.match(fail(['--outt', out]), /unknown argument "--outt"/);
  assert.match(fail(['--out']), /--out needs a value/);
  const old = join(out, 'old');
  writeFileSync(old, '#!/bin/sh\necho enrichment-mock 0.0.1\n', { mode: 0o755 });
  assert.match(fail(['--out', join(out, 'files'), '--binary', `linux-${own}=${old}`]), new RegExp(`the archive for linux-${own} is "enrichment-mock 0\\.0\\.1", not version ${version}`));
});
