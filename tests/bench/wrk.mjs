// One load by wrk: one request over and over, from one thread, for a number of seconds.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { HEADERS } from './workloads.mjs';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('wrk/load.lua', import.meta.url));

// Returns { requests, rate, p50, p99, p999, errors }: times in milliseconds, rate per second; `errors` has the
// connections that failed, reads and writes that failed, answers that took over 2 s, statuses of 400 and more.
export async function load(url, { method, path, body }, { connections, seconds }) {
  const headers = Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}`).join('\n');
  const env = { ...process.env, BENCH_METHOD: method, BENCH_HEADERS: headers, ...(body && { BENCH_BODY: body }) };
  const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', SCRIPT, url + path],
    { env, timeout: (seconds + 20) * 1000, killSignal: 'SIGKILL' });
  const line = /^RESULT (.*)$/m.exec(stdout)?.[1];
  if (!line) throw new Error(`wrk: ${stdout}`);
  const { requests, us, p50us, p99us, p999us, ...errors } = JSON.parse(line);
  return { requests, rate: requests / (us / 1e6), p50: p50us / 1000, p99: p99us / 1000, p999: p999us / 1000, errors };
}
