// The time from SIGTERM to exit with a thousand open connections and with requests in flight.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { holdConnections } from './connections.mjs';
import { ours } from './ours.mjs';
import { whileRunning } from './processes.mjs';
import { HEADERS, workloads } from './workloads.mjs';

const OPEN = 1000, IN_FLIGHT = 20;
const scenario = { name: 'unhurried', rules: [{ response: { delay: '50ms' } }] };
const post = workloads.find(({ name }) => name === 'post');

// { stopMs, inFlight, inFlightAnswered }
export const measureStop = ({ programs }) =>
  whileRunning(ours([], scenario), programs, async ({ url, pid, exited }) => {
    const held = await holdConnections(url, '/__admin/health', OPEN);
    if (held.answered !== OPEN) throw new Error(`${held.answered} of ${OPEN} connections were answered`);
    const request = await post.request(url);
    const answers = Array.from({ length: IN_FLIGHT }, () => exchange(url, request));
    await Promise.all(answers.map(({ sent }) => sent));
    await sleep(20);  // each is now being answered, which takes 30 ms
    const since = performance.now();
    process.kill(pid, 'SIGTERM');
    await exited;
    const stopMs = performance.now() - since;
    held.close();
    const texts = await Promise.all(answers.map(({ text }) => text));
    return { stopMs, inFlight: IN_FLIGHT, inFlightAnswered: texts.filter(isWhole).length };
  });

const isWhole = (text) => /^HTTP\/1\.1 201 /.test(text) && /\r\n\r\n\{.*\}$/s.test(text);

// One request on a new connection; `text` is everything that was received until it was closed.
function exchange(url, { method, path, body }) {
  const { hostname, port, host } = new URL(url);
  const headers = { host, ...HEADERS, 'content-length': Buffer.byteLength(body) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const socket = connect(Number(port), hostname).setEncoding('utf8').on('error', () => {});
  let text = '';
  socket.on('data', (piece) => { text += piece; });
  return {
    sent: once(socket, 'connect').then(() => socket.write(`${method} ${path} HTTP/1.1\r\n${lines}\r\n${body}`)),
    text: once(socket, 'close').then(() => text),
  };
}
