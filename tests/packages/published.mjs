// A release as it is published: made by server/packages/release, and served on loopback as GitHub, npm's registry and PyPI
// serve it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { project } from './root.mjs';

export const [, version] = /^project\(.* VERSION ([\d.]+)/m.exec(readFileSync(join(project, 'CMakeLists.txt'), 'utf8'));
export const repository = 'your-org/enrichment-mock'; // as the pages name it
export const own = { x64: 'x86_64', arm64: 'arm64' }[process.arch];
export const programFor = (architecture) => join(project, `build/static-${architecture}/server/enrichment-mock`);
export const folder = join(project, 'build/packages/release');

export const run = (command, ...args) => execFileSync(command, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

// The files of a release for these architectures, in `folder`. Returns what the script has printed.
export function makeRelease({ architectures = [own], debs = [] } = {}) {
  for (const architecture of architectures) run('server/packages/static/build', architecture);
  return run('server/packages/release', '--out', folder, '--tag', `v${version}`, '--repository', `https://github.com/${repository}.git`,
             ...architectures.flatMap((each) => ['--binary', `linux-${each}=${programFor(each)}`]), ...debs.flatMap((each) => ['--deb', each]));
}

// Builds the Debian package for the release that runs here. Returns its path.
export function makeDebianPackage() {
  run('server/packages/debian/build');
  return join('build/debian', readdirSync(join(project, 'build/debian')).find((name) => name.endsWith('.deb')));
}

function packument(name, url) {
  const file = `${name}-${version}.tgz`;
  const content = readFileSync(join(folder, 'npm', file));
  const about = JSON.parse(execFileSync('tar', ['-xzOf', join(folder, 'npm', file), 'package/package.json'], { encoding: 'utf8' }));
  const dist = { tarball: `${url}/npm/-/${file}`, integrity: `sha512-${createHash('sha512').update(content).digest('base64')}` };
  return JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { ...about, dist } } });
}

const links = (names) => names.map((name) => `<a href="/python/${name}">${name}</a>`).join('\n');

export class Published {
  static async start(t) {
    const published = new Published();
    published.files = new Map(); // path → bytes, instead of what is in `folder`
    const server = createServer(({ url }, response) => {
      let body = published.files.get(url);
      try {
        body ??= published.read(decodeURIComponent(new URL(url, published.url).pathname));
      } catch (error) {
        if (error.code !== 'ENOENT') throw error;
      }
      response.writeHead(body === undefined ? 404 : 200, url.startsWith('/simple/') ? { 'content-type': 'text/html' } : {}).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    published.url = `http://127.0.0.1:${server.address().port}`;
    t.after(() => server.close());
    return published;
  }

  read(path) {
    const [, place, rest] = /^(\/npm\/-|\/npm|\/python|\/simple|\/.*\/releases\/download\/v[^/]*)\/(.*)$/.exec(path) ?? [];
    if (place === '/npm/-') return readFileSync(join(folder, 'npm', rest));
    if (place === '/npm') return existsSync(join(folder, 'npm', `${rest}-${version}.tgz`)) ? packument(rest, this.url) : undefined;
    if (place === '/python') return readFileSync(join(folder, 'python', rest));
    if (place === '/simple') return rest === 'enrichment-mock/' ? links(readdirSync(join(folder, 'python'))) : undefined;
    if (place === `/${repository}/releases/download/v${version}`) return readFileSync(join(folder, 'github', rest));
    return undefined;
  }
}
