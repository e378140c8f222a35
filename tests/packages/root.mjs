// A folder as the whole file system of programs. They see nothing else of this machine, except its network.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Program } from '../docker/namespace.mjs';

export const project = fileURLToPath(new URL('../..', import.meta.url));
const kept = join(project, 'build/packages');

export class Root {
  // Removed at the end of the test `t`, with the programs in it.
  constructor(t) {
    this.folder = mkdtempSync(join(tmpdir(), 'root-'));
    this.programs = [];
    t.after(async () => {
      for (const program of this.programs) program.child.kill('SIGKILL');
      await Promise.all(this.programs.map(({ ended }) => ended));
      rmSync(this.folder, { recursive: true });
    });
  }

  // A Debian RELEASE with these packages, as debootstrap makes it. It is downloaded once.
  static debian(t, release, packages = []) {
    const archive = join(kept, `${[release, ...packages].join('+')}.tar`);
    const root = new Root(t);
    if (!existsSync(archive)) {
      const mirror = process.env.ENRICHMENT_MOCK_TEST_MIRROR ?? 'http://deb.debian.org/debian';
      const include = packages.length > 0 ? [`--include=${packages}`] : [];
      execFileSync('debootstrap', ['--variant=minbase', ...include, release, root.folder, mirror], { stdio: ['ignore', 'ignore', 'inherit'] });
      execFileSync('tar', ['-C', root.folder, '--exclude=./dev/*', '--exclude=./var/cache/apt/archives/*.deb', '-cf', `${archive}.new`, '.']);
      renameSync(`${archive}.new`, archive);
      rmSync(root.folder, { recursive: true });
      mkdirSync(root.folder);
    }
    execFileSync('tar', ['-C', root.folder, '-xf', archive]);
    execFileSync('mknod', ['-m', '666', join(root.folder, 'dev/null'), 'c', '1', '3']);
    return root;
  }

  write(path, text) {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  copy(from, to) {
    mkdirSync(dirname(join(this.folder, to)), { recursive: true });
    copyFileSync(from, join(this.folder, to));
  }

  // Its exit status and output.
  run(argv, env = {}) {
    const { status, stdout, stderr } = spawnSync('/usr/sbin/chroot', [this.folder, ...argv], { encoding: 'utf8', env });
    return { status, output: stdout + stderr };
  }

  start(argv, env = {}) {
    const program = new Program(spawn('/usr/sbin/chroot', [this.folder, ...argv], { env }));
    this.programs.push(program);
    return program;
  }
}
