// One load by wrk with one of the scripts in wrk/.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { whileTracked } from './processes.mjs';
import { HEADERS } from './workloads.mjs';

const run = promisify(execFile);
const PATIENCE_MS = 300_000;  // past this it hangs
const script = (name) => fileURLToPath(new URL(`wrk/${name}.lua`, import.meta.url));

// Runs the script until it stops, or for that many seconds. `settings` are its BENCH_… variables. Each thread has a Lua
// state of its own.
// Returns { requests, rate, p50, p99, p999, errors, … }: times in milliseconds, rate per second; `errors` has the
// connections that failed, reads and writes that failed, responses after more than 2 s, statuses of 400 and more; the
// rest comes from the script.
export async function runScript(name, url, settings, { connections, seconds, threads = 1 }) {
  const headers = Object.entries(HEADERS).map(([key, value]) => `${key}: ${value}`).join('\n');
  const env = { ...process.env, ...settings, BENCH_HEADERS: headers, BENCH_COMMON: script('common') };
  const { stdout } = await whileTracked(
    run('wrk', [`-t${threads}`, `-c${connections}`, `-d${seconds}s`, '-s', script(name), url],
      { env, timeout: seconds * 1000 + PATIENCE_MS, killSignal: 'SIGKILL', maxBuffer: 1 << 24 }));
  const line = /^RESULT (.*)$/m.exec(stdout)?.[1];
  if (!line) throw new Error(`wrk: ${stdout}`);
  const { us, p50us, p99us, p999us, requests, connect, read, write, timeout, status, ...more } = JSON.parse(line);
  return { requests, seconds: us / 1e6, rate: requests / (us / 1e6), p50: p50us / 1000, p99: p99us / 1000,
           p999: p999us / 1000, errors: { connect, read, write, timeout, status }, ...more };
}

// One request over and over, on each connection with a pause of `pauseMs` after each response, on average.
export const load = (url, { method, path, body }, { pauseMs, ...how }) =>
  runScript('load', url + path, { BENCH_METHOD: method, ...(body && { BENCH_BODY: body }),
                                  ...(pauseMs && { BENCH_PAUSE_MS: `${pauseMs}` }) }, how);

// Requests exactly `count` enrichments. Returns { ids, seconds, … }: a thousand of the ids.
export async function fill(url, count, { callbacks = [], connections = 16 } = {}) {
  const settings = { BENCH_COUNT: `${count}`, BENCH_CALLBACKS: callbacks.join(' ') };
  const result = await runScript('fill', url, settings, { connections, seconds: 30 + Math.ceil(count / 2000) });
  if (result.accepted !== count) throw new Error(`${url}: ${result.accepted} of ${count} requests were accepted`);
  return result;
}

// The rate of a load in which nothing may fail.
export function cleanRate({ rate, errors }) {
  if (Object.values(errors).some((count) => count > 0)) throw new Error(`errors: ${JSON.stringify(errors)}`);
  return rate;
}
