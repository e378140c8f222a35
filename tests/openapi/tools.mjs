// The document, and the tools that tests/openapi/run installs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));

export const documentFile = pathOf('../../server/control/openapi.json');
export const openapi = JSON.parse(readFileSync(documentFile, 'utf8'));

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];

// "GET /__admin/callbacks/{id}" of each operation.
export const operations = Object.entries(openapi.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => method in item).map((method) => `${method.toUpperCase()} ${path}`));

// The operation that a call belongs to.
export function operationOf(method, target) {
  const path = target.split('?')[0];
  const fits = (template) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
  const [exact, fitting] = [(operation) => operation === `${method} ${path}`,
                            (operation) => operation.startsWith(`${method} `) && fits(operation.split(' ')[1])];
  return operations.find(exact) ?? operations.find(fitting);
}

function start(tool, args, env = {}) {
  const program = pathOf(`node_modules/.bin/${tool}`);
  const child = spawn(process.execPath, [program, ...args],
                      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const killChild = () => child.kill('SIGKILL');
  process.once('exit', killChild);
  child.once('exit', () => process.removeListener('exit', killChild));
  return child;
}

// Redocly's problems with a document.
export async function lint(file) {
  const child = start('redocly', ['lint', '--config', pathOf('redocly.yaml'), file],
                      { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
  const [status] = await once(child, 'close');
  return { status, output };
}

// Prism between a client and the server at `upstream`, on a free port. It passes every response and lists in the
// header sl-violations where request and response differ from the document.
export async function startPrism(file, upstream) {
  const child = start('prism', ['proxy', '--port', '0', '--errors=false', file, upstream], { NO_COLOR: '1' });
  const exited = once(child, 'exit');
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
  for await (const line of createInterface({ input: child.stdout })) {
    log += `${line}\n`;
    const [, url] = /Prism is listening on (http:\/\/\S+:\d+)/.exec(line) ?? [];
    if (!url) continue;
    child.stdout.resume();
    return { url, stop: async () => { child.kill('SIGKILL'); await exited; } };
  }
  return assert.fail(`Prism did not start:\n${log}`);
}
