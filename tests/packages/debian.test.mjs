// The Debian package: installed, upgraded and removed in a Debian that has only its essential packages.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { assertStateSurvivesKill } from './commands.mjs';
import { project, Root } from './root.mjs';

const within = { timeout: 3_600_000 };
const run = (command, ...args) => execFileSync(command, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const program = '/usr/bin/enrichment-mock';
const completions = '/usr/share/bash-completion/completions/enrichment-mock';

let release, folder, file;
before(() => {
  run('bash', '-euc', 'source server/packages.sh; need command debootstrap debootstrap -; need command lintian lintian -; install_needed');
  run('server/packages/debian/build');
  release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))[1];
  folder = join(project, 'build/debian');
  file = join(folder, readdirSync(folder).find((name) => name.endsWith('.deb')));
}, within);

test('lintian finds no errors', within, () => {
  assert.doesNotMatch(run('lintian', '--allow-root', '--fail-on', 'none', file), /^E:/m);
});

// The same package with another version.
function newer(t, version) {
  const work = mkdtempSync(join(tmpdir(), 'newer-'));
  t.after(() => rmSync(work, { recursive: true }));
  run('dpkg-deb', '-R', file, join(work, 'content'));
  const control = join(work, 'content/DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*/m, `Version: ${version}`));
  run('dpkg-deb', '--root-owner-group', '-b', join(work, 'content'), join(work, 'newer.deb'));
  return join(work, 'newer.deb');
}

test('it installs, upgrades and removes cleanly, and what it installs works', within, async (t) => {
  const root = Root.debian(t, release);
  copyFileSync('/etc/resolv.conf', join(root.folder, 'etc/resolv.conf'));
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' };
  const succeed = (...argv) => {
    const { status, output } = root.run(argv, env);
    assert.equal(status, 0, output);
    return output;
  };
  const state = () => root.run(['dpkg-query', '-W', '-f', '${db:Status-Status} ${Version}', 'enrichment-mock'], env).output;
  const install = (from) => {
    root.copy(from, 'root/enrichment-mock.deb');
    succeed('apt-get', 'install', '-q', '-y', '--no-install-recommends', '/root/enrichment-mock.deb');
  };

  succeed('apt-get', 'update', '-q');
  install(file);
  const [, version] = /project\(.* VERSION (\S+)/.exec(readFileSync(join(project, 'CMakeLists.txt'), 'utf8'));
  assert.equal(state(), `installed ${version}`);
  assert.match(succeed(program, '--version'), new RegExp(`^enrichment-mock ${version}\ncommit `));
  assert.match(succeed(program, 'validate', '/usr/share/enrichment-mock/scenarios'), /valid/);
  await assertStateSurvivesKill(['/usr/sbin/chroot', root.folder, program], '/root/mock.state');
  const files = succeed('dpkg', '-L', 'enrichment-mock').trim().split('\n');

  // Every flag of every command is in the manual and in both completions.
  const help = succeed(program, '--help');
  const commands = [...help.matchAll(/^ {7}enrichment-mock ([a-z]+) /gm)].map(([, name]) => name);
  assert.ok(commands.includes('verify'));
  const manual = gunzipSync(readFileSync(join(root.folder, files.find((name) => name.endsWith('.1.gz'))))).toString().replaceAll('\\-', '-');
  const zsh = readFileSync(join(root.folder, 'usr/share/zsh/vendor-completions/_enrichment-mock'), 'utf8');
  const complete = (...words) => succeed('bash', '-c', `source ${completions}
    COMP_WORDS=(enrichment-mock "$@") COMP_CWORD=$# && _enrichment_mock enrichment-mock "\${@: -1}" "\${COMP_WORDS[-2]}"
    printf '%s\\n' "\${COMPREPLY[@]}"`, 'bash', ...words).trim().split('\n');
  for (const command of ['serve', ...commands]) {
    const flags = [...succeed(program, command, '--help').matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag);
    assert.deepEqual(complete(command, '--').sort(), [...flags, '--help', '--version'].sort(), command);
    for (const flag of flags) {
      assert.match(manual, new RegExp(`^ {2}${flag} `, 'm'));
      assert.ok(zsh.includes(`'*${flag}[`), flag);
    }
  }
  assert.deepEqual(complete('ver'), ['verify']);
  succeed('apt-get', 'install', '-q', '-y', '--no-install-recommends', 'zsh');
  succeed('zsh', '-n', '/usr/share/zsh/vendor-completions/_enrichment-mock');

  install(newer(t, `${version}+1`));
  assert.equal(state(), `installed ${version}+1`);
  succeed('apt-get', 'purge', '-q', '-y', 'enrichment-mock');
  assert.doesNotMatch(state(), /installed/);
  const ours = files.filter((name) => name.includes('enrichment-mock'));
  assert.ok(ours.length > 5);
  for (const name of ours) assert.notEqual(root.run(['test', '-e', name], env).status, 0, `${name} is still there`);
});
