// Each entry of the README's first table, line by line as a user types it, and the first tests of the README with the packages
// that the entries install. What the lines download comes from a server on this machine.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { parse } from 'yaml';

import { Namespace, Program } from '../docker/namespace.mjs';
import { Page } from '../docs/pages.mjs';
import { Job } from './job.mjs';
import { makeDebianPackage, makeRelease, own, programFor, Published, repository, run, version } from './published.mjs';
import { project, Root } from './root.mjs';

const within = { timeout: 3_600_000 };
const readme = new Page('README.md');
const GITHUB = 'https://github.com';

// { what the reader uses: its two lines }
const entries = Object.fromEntries([...readme.section('How do you work?').matchAll(/^\| ([^|]+) \| (`[^|]+`) \|/gm)]
  .map(([, name, lines]) => [name, lines.split('<br>').map((line) => /^`(.*)`$/.exec(line)[1])]));

before(() => {
  run('bash', '-euc', 'source server/packages.sh; need command debootstrap debootstrap -; need_to_test_python; need command npm npm -; need command git git -; need_to_build_images; install_needed');
  makeRelease({ debs: [makeDebianPackage()] });
}, within);

// An empty folder, and the environment of a user who has no settings for the mock, npm or Python.
class User {
  constructor(t, folder = mkdtempSync(join(tmpdir(), 'user-'))) {
    this.t = t;
    this.folder = folder;
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const others = Object.entries(process.env).filter(([name]) => !/^(ENRICHMENT_MOCK_|NODE_TEST_CONTEXT$|npm_|PIP_|PYTHON|GIT_)/i.test(name));
    this.env = { ...Object.fromEntries(others), HOME: this.folder, CCACHE_DIR: process.env.CCACHE_DIR ?? join(process.env.HOME, '.cache/ccache') };
  }

  async types(line) {
    const program = new Program(spawn('bash', ['-c', line], { cwd: this.folder, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] }));
    assert.equal(await program.ended, 0, `${line}\n${program.output}`);
    return program.output;
  }

  // A line that starts the mock, here on a free port; it answers, and ends.
  async starts(line) {
    const program = new Program(spawn('bash', ['-c', `exec ${line} --port 0`], { cwd: this.folder, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] }));
    this.t.after(() => program.child.kill());
    const [, url] = await program.says(/ listening on (\S+) /);
    const health = await (await fetch(`${url}/__admin/health`)).json();
    assert.equal(health.version, version);
    program.child.kill();
    await program.ended;
    while (await fetch(url).then(() => true, () => false));  // npx may end before it
  }

  // A first test of the README.
  writeTest(name) {
    writeFileSync(join(this.folder, name), readme.blocks.find((block) => block.name === name).text);
  }
}

const CHECKS = {
  npm: async (t, [install, start]) => {
    const user = new User(t);
    const { url } = await Published.start(t);
    Object.assign(user.env, { npm_config_registry: `${url}/npm/`, npm_config_cache: join(user.folder, 'cache'), npm_config_audit: 'false' });
    await user.types(install);
    await user.starts(start);
    user.writeTest('first.test.mjs');
    assert.match(await user.types('node --test first.test.mjs'), /^# pass 1$/m);
  },

  pip: async (t, [install, start]) => {
    const user = new User(t);
    const { url } = await Published.start(t);
    await user.types('/usr/bin/python3 -m venv --system-site-packages venv');  // Debian's packages have pytest
    Object.assign(user.env, { PATH: `${user.folder}/venv/bin:${user.env.PATH}`, PIP_INDEX_URL: `${url}/simple/`, PIP_NO_CACHE_DIR: '1' });
    await user.types(install);
    await user.starts(start);
    user.writeTest('test_first.py');
    assert.match(await user.types('python -m pytest test_first.py'), /1 passed/);
  },

  // tests/docker/run builds the image as a whole. Here it is the last stage of the Dockerfile with the program of the release.
  Docker: async (t, [pull, start]) => {
    const [, name] = /^docker pull (\S+)$/.exec(pull);
    const [, port, started] = /^docker run --rm -p 8080:(\d+) (\S+)$/.exec(start);
    assert.equal(started, name);
    const { steps } = parse(readFileSync(join(project, '.github/workflows/release.yml'), 'utf8')).jobs.image;
    const { images, tags } = steps.find(({ id }) => id === 'meta').with;
    assert.equal(name, `${images.replace('${{ github.repository }}', repository)}:${version}`);
    assert.match(tags, /pattern=\{\{version\}\}/);

    const user = new User(t);
    const [, stage] = /\n(FROM scratch\n.*)$/s.exec(readFileSync(join(project, 'Dockerfile'), 'utf8'));
    writeFileSync(join(user.folder, 'Dockerfile'), stage.replaceAll('--from=build ', ''));
    await user.types(`install -D ${programFor(own)} image/usr/local/bin/enrichment-mock && mkdir image/scenarios state`);
    const store = mkdtempSync(join(tmpdir(), 'images-'));
    const buildah = `buildah --root ${store}/storage --runroot ${store}/run`;
    t.after(() => spawnSync('bash', ['-c', `${buildah} rm --all; ${buildah} rmi --all --force; umount ${store}/storage/overlay; rm -rf ${store}`]));
    await user.types(`${buildah} bud --isolation chroot --format docker --tag ${name} . && ${buildah} inspect --type image ${name} >image.json`);
    const root = await user.types(`${buildah} mount $(${buildah} from --pull-never ${name})`);
    await user.types(`mkdir -p ${root.trim()}/proc ${root.trim()}/etc && touch ${root.trim()}/etc/hosts`);  // which engines make
    Object.assign(process.env, { IMAGE_ROOT: root.trim(), IMAGE_JSON: join(user.folder, 'image.json') });
    const { Container } = await import('../docker/container.mjs');
    const network = await Namespace.start([]);
    t.after(() => network.stop());
    const mock = await Container.start(network);
    assert.equal(new URL(mock.ready[1]).port, port);
    assert.equal((await mock.health()).status, 0);
    assert.equal((await mock.stop()).status, 0);
  },

  apt: async (t, [download, install]) => {
    const { url } = await Published.start(t);
    const [, release] = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'));
    const machine = run('dpkg', '--print-architecture').trim();
    const here = (line) => line.replaceAll('amd64', machine).replace(GITHUB, url);
    const root = Root.debian(t, release);
    copyFileSync('/etc/resolv.conf', join(root.folder, 'etc/resolv.conf'));
    await new User(t, join(root.folder, 'root')).types(here(download));
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' };
    const script = `sudo() { "$@"; }; cd /root; apt-get update -q && ${here(install)} -q -y --no-install-recommends && enrichment-mock --version`;
    const { status, output } = root.run(['bash', '-c', script], env);
    assert.equal(status, 0, output);
    assert.match(output, new RegExp(`^enrichment-mock ${version}$`, 'm'));
  },

  'GitHub Actions': async (t, lines) => {
    const { url } = await Published.start(t);
    const job = new Job(t, { github: { server_url: url, action_repository: repository } });
    const test = 'curl -sf $ENRICHMENT_MOCK_URL/__admin/ready';
    writeFileSync(join(job.workspace, 'package.json'), JSON.stringify({ scripts: { test } }));
    const action = new RegExp(`^${repository}/(\\.github/actions/\\S+)@v${version}$`);
    const [ready, tests] = await job.runJob({ steps: parse(lines.join('\n')) }, action, {});
    assert.match(ready, /listening on/);
    assert.match(tests, /{"status":"ready"}/);
  },

  // It only configures, because tests/consumer builds and runs a program that has added the source as a folder.
  CMake: async (t, lines) => {
    const user = new User(t);
    const published = await Published.start(t);
    const archive = `/${repository}/archive/refs/tags/v${version}.tar.gz`;
    published.files.set(archive, execFileSync('bash', ['-euo', 'pipefail', '-c',
      'git ls-files -z --cached --exclude-standard | tar -cz --null --files-from=- --transform="s,^,enrichment-mock/,"'], { cwd: project, maxBuffer: 1e9 }));
    const { text } = new Page('server/include/README.md').blocks.find(({ name }) => name === 'FetchContent');
    assert.ok(text.includes(lines.join('\n')));
    writeFileSync(join(user.folder, 'test.cpp'), 'int main() {}\n');
    writeFileSync(join(user.folder, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(app LANGUAGES CXX)
add_executable(my_tests test.cpp)
${text.replace(GITHUB, published.url)}`);
    await user.types('cmake -G Ninja -B build .');
    assert.match(await user.types('ninja -C build -t commands my_tests'), /libenrichment_mock\.a/);
  },

  source: async (t, [clone, start]) => {
    const user = new User(t);
    const settings = [[`url.${project}.insteadOf`, `${GITHUB}/${repository}.git`], ['safe.directory', '*']];
    user.env.GIT_CONFIG_COUNT = settings.length;
    settings.forEach(([key, value], i) => Object.assign(user.env, { [`GIT_CONFIG_KEY_${i}`]: key, [`GIT_CONFIG_VALUE_${i}`]: value }));
    await user.types(clone);
    await user.starts(start);
  },
};

for (const [name, check] of Object.entries(CHECKS)) test(`${name}: what the README says works`, within, (t) => check(t, entries[name]));

test('each entry of the README has two lines and a check', () => {
  assert.deepEqual(Object.keys(entries).sort(), Object.keys(CHECKS).sort());
  for (const [name, lines] of Object.entries(entries)) assert.equal(lines.length, 2, name);
});
