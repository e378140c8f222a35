// Where the file is, and how writing to it fails: a small file system that is full, or a limit for the size of files.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const command = (...args) => spawnSync(args[0], args.slice(1), { encoding: 'utf8' });
const succeeds = (...args) => command(...args).status === 0;
const ROOM = '512m';

// Whether this process can mount a file system. Without root it can in a name space of its own: see enterNamespace().
export function canMount() {
  const folder = mkdtempSync(join(tmpdir(), 'mount-'));
  const mounted = succeeds('mount', '-t', 'tmpfs', 'tmpfs', folder);
  if (mounted) command('umount', folder);
  rmSync(folder, { recursive: true });
  return mounted;
}

export const canLimit = () => succeeds('prlimit', '--pid', String(process.pid), '--fsize=unlimited');

// Runs this program again where it can mount, if that is possible. Returns its exit status, or undefined.
export function enterNamespace() {
  if (process.env.STATE_NAMESPACE || !succeeds('unshare', '-Urm', 'true')) return undefined;
  const again = ['-Urm', process.execPath, ...process.argv.slice(1)];
  return spawnSync('unshare', again, { stdio: 'inherit', env: { ...process.env, STATE_NAMESPACE: '1' } }).status ?? 1;
}

export class Place {
  #mounted = false;

  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'state-kills-'));
    this.folder = join(this.root, 'state');
    mkdirSync(this.folder);
    this.file = join(this.folder, 'state.db');
    process.once('exit', () => this.remove());
  }

  mount() {
    this.#mounted = succeeds('mount', '-t', 'tmpfs', '-o', `size=${ROOM}`, 'tmpfs', this.folder);
    return this.#mounted;
  }

  #resize(size) {
    return succeeds('mount', '-o', `remount,size=${size}`, this.folder);
  }

  // Leaves no room in the file system. A process that writes meanwhile may take what is free: then again.
  fill() {
    for (;;) {
      const { blocks, bfree, bsize } = statfsSync(this.folder);
      if (this.#resize(Math.max(1, blocks - bfree) * bsize)) return;  // 0 would be no limit
    }
  }

  free() {
    if (!this.#resize(ROOM)) throw new Error(`cannot give ${this.folder} its room again`);
  }

  // From now on the process cannot make files larger than these are now. Its writes fail with EFBIG, which it must expect:
  // start it with IGNORING_XFSZ.
  limit(pid) {
    const sizes = ['', '-wal'].map((suffix) => statSync(this.file + suffix, { throwIfNoEntry: false })?.size ?? 0);
    command('prlimit', '--pid', String(pid), `--fsize=${Math.max(...sizes)}:`);
  }

  unlimit(pid) {
    command('prlimit', '--pid', String(pid), '--fsize=unlimited:');
  }

  remove() {
    if (this.#mounted) command('umount', '-l', this.folder);
    rmSync(this.root, { recursive: true, force: true });
  }
}

// SIGXFSZ would end the process.
export const IGNORING_XFSZ = ['sh', '-c', 'trap "" XFSZ; exec "$@"', 'sh'];
