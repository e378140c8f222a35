// A job of GitHub Actions, as far as the composite actions in .github/actions need a runner: it evaluates their expressions,
// runs their steps, and passes on outputs, variables and paths.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse } from 'yaml';

import { project } from './root.mjs';

const OTHERS = /^(ENRICHMENT_MOCK_|GITHUB_|RUNNER_|NODE_TEST_CONTEXT$)/;

const property = (value, path) => path.split('.').reduce((found, name) => found?.[name], value);

// `a.b || c.d`, 'text' and format(): what the actions use. Anything else is an error.
function evaluate(expression, contexts) {
  const [call, text, args] = /^format\('([^']*)', (.*)\)$/.exec(expression) ?? [];
  if (call) return text.replace(/\{(\d)\}/g, (_, n) => evaluate(args.split(', ')[n], contexts));
  const [, first, other] = /^([\w.-]+) \|\| (.*)$/.exec(expression) ?? [];
  if (first) return evaluate(first, contexts) || evaluate(other, contexts);
  assert.match(expression, /^[\w.-]+$/);
  return property(contexts, expression) ?? '';
}

const substitute = (text, contexts) => String(text).replace(/\$\{\{ *(.*?) *\}\}/g, (_, expression) => evaluate(expression, contexts));

export class Job {
  // `github` has the values of that context; `runner` is { os, arch }.
  constructor(t, { github = {}, runner = { os: 'Linux', arch: { x64: 'X64', arm64: 'ARM64' }[process.arch] } } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'job-'));
    t.after(() => this.end());
    this.workspace = join(this.folder, 'workspace');
    for (const each of ['workspace', 'temp']) mkdirSync(join(this.folder, each));
    this.github = { server_url: 'https://github.com', repository: 'your-org/app', ...github };
    const inherited = Object.entries(process.env).filter(([name]) => !OTHERS.test(name));
    this.environment = { ...Object.fromEntries(inherited), RUNNER_TEMP: join(this.folder, 'temp'), RUNNER_OS: runner.os, RUNNER_ARCH: runner.arch };
  }

  // A step `run:`. Returns { status, output, outputs }.
  async run(script, env = {}) {
    const files = Object.fromEntries(['OUTPUT', 'ENV', 'PATH'].map((name) => [`GITHUB_${name}`, join(this.folder, name)]));
    for (const file of Object.values(files)) writeFileSync(file, '');
    // The runner waits for the step's shell only, and not for what goes on in the background.
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script],
                        { cwd: this.workspace, env: { ...this.environment, ...files, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
    const [status] = await once(child, 'close');
    const written = (name) => readFileSync(files[`GITHUB_${name}`], 'utf8').split('\n').filter(Boolean);
    const values = (name) => Object.fromEntries(written(name).map((line) => /^([^=]+)=(.*)$/.exec(line).slice(1)));
    Object.assign(this.environment, values('ENV'));
    for (const path of written('PATH')) this.environment.PATH = `${path}:${this.environment.PATH}`;
    return { status, output, outputs: values('OUTPUT') };
  }

  // A step `uses:` with an action in a folder of this repository. Stops at the first of its steps that fails.
  async uses(path, given = {}) {
    const folder = join(project, path);
    const { inputs: known, outputs: named, runs } = parse(readFileSync(join(folder, 'action.yml'), 'utf8'));
    for (const name of Object.keys(given)) assert.ok(known[name], `the action has no input ${name}`);
    const inputs = { ...Object.fromEntries(Object.entries(known).map(([name, input]) => [name, input.default])), ...given };
    const contexts = { inputs, github: this.github, steps: {} };
    let output = '';
    for (const { id, run, shell, env } of runs.steps) {
      assert.equal(shell, 'bash');
      const variables = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, substitute(value, contexts)]));
      const step = await this.run(substitute(run, contexts), { ...variables, GITHUB_ACTION_PATH: folder });
      output += step.output;
      if (step.status !== 0) return { status: step.status, output };
      if (id) contexts.steps[id] = step;
    }
    const outputs = Object.fromEntries(Object.entries(named).map(([name, { value }]) => [name, substitute(value, contexts)]));
    return { status: 0, output, outputs };
  }

  // Runs a job of a workflow file, but skips actions that `ours` does not match, a regular expression with the action's path in
  // this repository as its group. Returns the output of the steps.
  async runJob({ steps }, ours, github) {
    const contexts = { github, steps: {} };
    const outputs = [];
    for (const { id, uses, run, with: given = {}, env = {} } of steps) {
      const path = ours.exec(uses)?.[1];
      if (!run && !path) continue;
      const values = (object) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, substitute(value, contexts)]));
      const step = path ? await this.uses(path, values(given)) : await this.run(substitute(run, contexts), values(env));
      assert.equal(step.status, 0, step.output);
      if (id) contexts.steps[id] = step;
      outputs.push(step.output);
    }
    return outputs;
  }

  // What the steps have left in the background: [{ pid, command }].
  get background() {
    const processes = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
    return processes.map((line) => /^ *(\d+) (.*)$/.exec(line)).filter((found) => found?.[2].startsWith(this.environment.RUNNER_TEMP))
      .map(([, pid, command]) => ({ pid: Number(pid), command }));
  }

  end() {
    for (const { pid } of this.background) process.kill(pid, 'SIGKILL');
    rmSync(this.folder, { recursive: true });
  }
}
