// What `pack` runs: see its --help.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = here('../../../');

function fail(message) {
  console.error(`server/packages/npm/pack: ${message}; see --help`);
  process.exit(2);
}

function readArguments() {
  const options = { out: { type: 'string' }, binary: { type: 'string', multiple: true }, repository: { type: 'string' } };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch ({ message }) {
    fail(message);
  }
  const { out, binary: given = [], repository } = values;
  if (!out) fail('--out is missing');
  const binaries = new Map(given.map((each) => {
    const [platform, file] = each.split(/=(.*)/s);
    if (!PLATFORMS.includes(platform) || !file) fail(`--binary ${each}: expected PLATFORM=FILE with ${PLATFORMS.join(', ')}`);
    return [platform, file];
  }));
  if (binaries.size === 0) fail('--binary is missing');
  return { out: resolve(out), binaries, repository };
}

// CMakeLists.txt has the version of everything.
function projectVersion() {
  return /^project\(enrichment_mock VERSION ([\d.]+)/m.exec(readFileSync(join(root, 'CMakeLists.txt'), 'utf8'))[1];
}

// A program that this machine can run must have the version of the packages.
function checkVersion(platform, file, version) {
  if (platform !== `${process.platform}-${process.arch}`) return;
  const output = execFileSync(resolve(file), ['--version'], { encoding: 'utf8' });
  if (!output.startsWith(`enrichment-mock ${version}`)) fail(`${file} is "${output.trim()}", not version ${version}`);
}

const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

function npmPack(folder, out) {
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', out], { cwd: folder, encoding: 'utf8' });
  return join(out, Object.values(JSON.parse(output))[0].filename);
}

function packPlatform({ platform, file, version, common, work, out }) {
  checkVersion(platform, file, version);
  const name = `enrichment-mock-${platform}`;
  const [os, cpu] = platform.split('-');
  const folder = join(work, name);
  mkdirSync(join(folder, 'bin'), { recursive: true });
  copyFileSync(file, join(folder, 'bin/enrichment-mock'));
  chmodSync(join(folder, 'bin/enrichment-mock'), 0o755);
  writeJson(join(folder, 'package.json'), {
    name, version, description: `The program of enrichment-mock for ${platform}`, ...common,
    os: [os], cpu: [cpu], files: ['bin'], preferUnplugged: true,
  });
  writeFileSync(join(folder, 'README.md'), `The program of [enrichment-mock](https://www.npmjs.com/package/enrichment-mock) \
for ${platform}. Install \`enrichment-mock\`: it depends on this package.\n`);
  return npmPack(folder, out);
}

// The OpenAPI document as TypeScript.
async function writeTypes(file) {
  const { resolve: find } = createRequire(join(root, 'tests/package.json'));
  const { default: openapiTS, astToString } = await import(pathToFileURL(find('openapi-typescript').replace(/\.cjs$/, '.mjs')));
  const types = await openapiTS(pathToFileURL(join(root, 'server/control/openapi.json')));
  writeFileSync(file, `// Generated from the OpenAPI document of the mock.\n${astToString(types)}`);
}

async function packMain({ platforms, version, common, work, out }) {
  const folder = join(work, 'enrichment-mock');
  mkdirSync(folder);
  cpSync(here('src'), join(folder, 'src'), { recursive: true });
  copyFileSync(here('README.md'), join(folder, 'README.md'));
  copyFileSync(here('../SKILL.md'), join(folder, 'SKILL.md'));
  await writeTypes(join(folder, 'src/openapi.d.ts'));
  const { name, ...others } = JSON.parse(readFileSync(here('package.json'), 'utf8'));
  const optionalDependencies = Object.fromEntries(platforms.map((platform) => [`enrichment-mock-${platform}`, version]));
  writeJson(join(folder, 'package.json'), { name, version, ...common, ...others, optionalDependencies });
  return npmPack(folder, out);
}

const { out, binaries, repository } = readArguments();
const version = projectVersion();
const common = repository ? { repository: { type: 'git', url: repository } } : {};
const work = mkdtempSync(join(tmpdir(), 'enrichment-mock-npm-'));
process.on('exit', () => rmSync(work, { recursive: true }));
mkdirSync(out, { recursive: true });
for (const [platform, file] of binaries) console.log(packPlatform({ platform, file, version, common, work, out }));
console.log(await packMain({ platforms: [...binaries.keys()], version, common, work, out }));
