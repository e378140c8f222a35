// What a test suite notices: the four calls of a test on a team of its own, a POST by a client that waits for each, and how
// much memory is used after many requests.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { ours } from './ours.mjs';
import { EMAIL, RESOLVED } from './peers/answers.mjs';
import { INSTALLED, wiremock } from './peers/npm.mjs';
import { postsInTurn } from './posts.mjs';
import { environment, residentMb, whileRunning } from './processes.mjs';
import { LEAD, workloads } from './workloads.mjs';
import { cleanRate, load, runScript } from './wrk.mjs';

const runProgram = promisify(execFile);
const POSTS = 3000;

// Makes the client's call, lets its lookup end, checks what the client did, and removes it all.
const oursCalls = ['POST ' + EMAIL + ' ' + LEAD, 'POST /__admin/settle',
                   'POST /__admin/verify {"expect":[{"requests":{"method":"POST"},"count":1},{"outcomes":{"completed":1}}]}',
                   'POST /__admin/reset'];
// WireMock has no lookups, so a poll takes the place of settle; and no teams, so a header distinguishes the tests.
const wiremockCalls = ['POST ' + EMAIL + ' ' + LEAD, `GET ${EMAIL}/${RESOLVED._id}`,
                       `POST /__admin/requests/count {"method":"POST","url":"${EMAIL}","headers":{"x-api-key":{"equalTo":"test-{n}"}}}`,
                       'POST /__admin/requests/remove {"headers":{"x-api-key":{"equalTo":"test-{n}"}}}'];

async function testsASecond(peer, calls, { programs, seconds }, connections) {
  const result = await whileRunning(peer, programs, async ({ url }) => {
    const run = (time) => runScript('test_calls', url, { BENCH_CALLS: calls.join('\n') }, { connections, threads: connections, seconds: time });
    if (peer.warmUpSeconds) await run(peer.warmUpSeconds);
    return run(seconds);
  });
  return cleanRate(result) / calls.length;
}

export async function measureTestCalls(settings) {
  const figures = {};
  for (const connections of [1, 16]) {
    figures[`tests${connections}`] = await testsASecond(ours(['--clock', 'manual']), oursCalls, settings, connections);
    if (!wiremock.missing())
      figures[`testsWiremock${connections}`] = await testsASecond(wiremock, wiremockCalls, settings, connections);
  }
  return figures;
}

export async function measurePosts({ programs }) {
  const figures = { postMs: await whileRunning(ours(), programs, ({ url }) => postsInTurn(url, POSTS)) };
  if (existsSync(join(INSTALLED, 'node_modules/msw'))) {
    const script = fileURLToPath(new URL('peers/msw.mjs', import.meta.url));
    const { stdout } = await runProgram(process.execPath, [script, INSTALLED, `${POSTS}`], { timeout: 120_000, env: environment });
    figures.mswPostMs = Number(stdout);
  }
  return figures;
}

async function memoryAfterPosts(peer, { programs, requests, seconds }) {
  const post = await workloads.find(({ name }) => name === 'post').request();
  return whileRunning(peer, programs, async ({ url, pid }) => {
    for (let sent = 0; sent < requests;) {
      const result = await load(url, post, { connections: 16, seconds });
      cleanRate(result);
      sent += result.requests;
    }
    return residentMb(pid);
  });
}

export async function measureMemory(settings) {
  const usedMb = await memoryAfterPosts(ours(), settings);
  return wiremock.missing() ? { usedMb } : { usedMb, usedWiremockMb: await memoryAfterPosts(wiremock, settings) };
}
