// The parts of compose.yaml and the Dockerfile that concern processes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, '../..');
export const { services } = parse(readFileSync(resolve(here, 'compose.yaml'), 'utf8'));

// The folders that a service mounts: [{ from, to }].
export const mounts = ({ volumes = [] }) =>
  volumes.map((volume) => volume.split(':')).map(([from, to]) => ({ from: resolve(here, from), to }));

// A command or environment outside of a container: mounted folders are replaced by their sources.
export function outside(service, value) {
  const place = (text) => {
    const mount = mounts(service).find(({ to }) => text === to || text.startsWith(`${to}/`));
    return mount ? mount.from + text.slice(mount.to.length) : text;
  };
  if (Array.isArray(value)) return value.map(place);
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, place(text)]));
}

// ENV, USER, VOLUME, ENTRYPOINT and HEALTHCHECK of the Dockerfile, and who owns what it copies: { folder: user }.
export function dockerfile() {
  const text = readFileSync(resolve(root, 'Dockerfile'), 'utf8').replace(/\\\n/g, ' ');
  const last = (pattern) => [...text.matchAll(pattern)].at(-1)?.[1] ?? assert.fail(`no ${pattern} in the Dockerfile`);
  return {
    environment: Object.fromEntries([...last(/^ENV (.*)$/gm).matchAll(/(\w+)=(\S+)/g)].map((found) => found.slice(1))),
    user: last(/^USER (.*)$/gm),
    volumes: last(/^VOLUME (.*)$/gm).split(' '),
    owners: Object.fromEntries([...text.matchAll(/^COPY .*--chown=(\S+) .* (\S+)$/gm)].map(([, user, folder]) => [folder, user])),
    entrypoint: JSON.parse(last(/^ENTRYPOINT (.*)$/gm)),
    healthcheck: JSON.parse(last(/^HEALTHCHECK .*CMD (.*)$/gm)),
  };
}
