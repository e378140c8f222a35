// The image that tests/docker/run has built, run as an engine runs it: as process 1, as the image's user
// without privileges, on a root that cannot be written to, with the image's environment and entrypoint.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export const folder = process.env.IMAGE_ROOT;
export const { config } = JSON.parse(readFileSync(process.env.IMAGE_JSON, 'utf8')).Docker;
const environment = Object.fromEntries(config.Env.map((line) => line.split(/=(.*)/s).slice(0, 2)));

// With full paths, because PATH is the image's. Mounts stay writable when the root becomes read-only.
const BEGIN = `
  root=$1 user=$2 mounts=$3; shift 3
  /bin/mount --bind "$root" "$root" && cd "$root" && /bin/mount -t proc proc proc || exit
  /bin/mount --bind /etc/hosts etc/hosts || exit
  for mount in $mounts; do /bin/mount --bind "\${mount%%:*}" "$root\${mount#*:}" || exit; done
  /bin/mount -o remount,bind,ro "$root" || exit
  exec /usr/bin/setpriv --no-new-privs /usr/sbin/chroot --userspec="$user" "$root" "$@"`;

export class Container {
  // `mounts` are { from, to }.
  static async start(network, { env = {}, mounts = [], args = [] } = {}) {
    const container = Object.assign(new Container(), { network, env: { ...environment, ...env } });
    const pairs = mounts.map(({ from, to }) => `${from}:${to}`).join(' ');
    const began = performance.now();
    const unshare = ['/usr/bin/unshare', '--mount', '--pid', '--fork', '--kill-child'];
    const begin = ['/bin/sh', '-c', BEGIN, 'sh', folder, config.User, pairs];
    container.program = network.start([...unshare, ...begin, ...config.Entrypoint, ...args], container.env);
    container.ready = await container.program.says(/^enrichment-mock \S+ listening on (\S+) \(scenario (\S+)\)$/m);
    container.startTime = performance.now() - began;
    const { pid } = container.program.child;
    container.pid = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
    return container;
  }

  // Process 1 in /proc.
  status(field) {
    const text = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return new RegExp(`^${field}:\\s+(.*)$`, 'm').exec(text)[1].split(/\s+/);
  }

  // Another program in the container, as `docker exec` and health checks start one.
  exec(argv) {
    const [uid, gid] = config.User.split(':');
    const within = [`--target=${this.pid}`, '--pid', '--root', '--wd', `--setuid=${uid}`, `--setgid=${gid}`];
    return this.network.run([...within, ...argv], this.env);
  }

  health() {
    const [kind, ...argv] = config.Healthcheck.Test;
    assert.equal(kind, 'CMD');  // because there is no shell
    return this.exec(argv);
  }

  // From the container's network. The response's head and body.
  async curl(path, ...flags) {
    const { output } = await this.network.run(['curl', '-sS', '-i', '-m', '60', ...flags, `${this.ready[1]}${path}`]);
    return output;
  }

  // Stops it as an engine does. Returns the exit status and the duration.
  async stop(signal = 'SIGTERM') {
    const began = performance.now();
    process.kill(this.pid, signal);
    const status = await this.program.ended;
    return { status, took: performance.now() - began };
  }
}
