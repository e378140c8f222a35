// A network namespace with only loopback, in which names chosen by the test mean this machine, so that programs
// find each other by the names and ports of compose.yaml. Linux only; not only for root if the system
// allows user namespaces.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SETUP = 'ip link set lo up && mount --bind "$1" /etc/hosts && echo ready && exec cat';
const asUser = process.getuid() !== 0;
const unshare = ['--mount', '--net', ...(asUser ? ['--user', '--map-root-user'] : [])];
const enter = ['--mount', '--net', ...(asUser ? ['--user', '--preserve-credentials'] : [])];

// Why there can be no namespace here; false if there can be one.
export function missing() {
  const probe = spawnSync('unshare', [...unshare, 'sh', '-c', 'ip link set lo up'], { encoding: 'utf8' });
  return probe.status === 0 ? false : `no network namespaces here: ${probe.error?.message ?? probe.stderr.trim()}`;
}

// A child's output so far, and its end.
export class Program {
  output = '';

  constructor(child) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => { this.output += text; child.emit('output'); });
    this.ended = once(child, 'close').then(([status, signal]) => signal ?? status);
  }

  async says(pattern) {
    const ended = this.ended.then((status) => { assert.fail(`ended with ${status}, without ${pattern}:\n${this.output}`); });
    ended.catch(() => {});
    while (!pattern.test(this.output)) await Promise.race([once(this.child, 'output'), ended]);
    return pattern.exec(this.output);
  }
}

export class Namespace {
  // It also ends with this process, because its standard input comes from here.
  static async start(names) {
    const folder = mkdtempSync(join(tmpdir(), 'names-'));
    const hosts = join(folder, 'hosts');
    writeFileSync(hosts, `127.0.0.1 localhost ${names.join(' ')}\n`);
    const child = spawn('unshare', [...unshare, 'sh', '-c', SETUP, 'sh', hosts]);
    await new Program(child).says(/^ready$/m);
    return Object.assign(new Namespace(), { child, folder });
  }

  start(argv, env = {}) {
    const target = `--target=${this.child.pid}`;
    return new Program(spawn('/usr/bin/nsenter', [target, ...enter, ...argv], { env: { PATH: process.env.PATH, ...env } }));
  }

  // Its exit status and output.
  async run(argv, env) {
    const program = this.start(argv, env);
    program.child.stdin.end();
    return { status: await program.ended, output: program.output };
  }

  async stop() {
    this.child.stdin.end();
    await once(this.child, 'close');
    rmSync(this.folder, { recursive: true });
  }
}
