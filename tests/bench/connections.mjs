// Connections that are opened, used once, and then stay open.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { HEADERS } from './workloads.mjs';

// Opens `count` connections and sends one GET on each. Returns the number of responses within the time, and a function
// that closes them all. They are not read afterwards, so that they cost the benchmark nothing.
export async function holdConnections(url, path, count, patienceMs = 5_000) {
  const { hostname, port, host } = new URL(url);
  const lines = Object.entries({ host, ...HEADERS }).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const request = `GET ${path} HTTP/1.1\r\n${lines}\r\n`;
  let answered = 0, allAnswered;
  const done = new Promise((resolve) => { allAnswered = resolve; });
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    socket.once('data', () => { if ((answered += 1) === count) allAnswered(); });
    return socket.on('error', () => {});
  });
  await Promise.race([done, sleep(patienceMs, undefined, { ref: false })]);
  for (const socket of sockets) socket.pause();
  return { answered, close: () => sockets.forEach((socket) => socket.destroy()) };
}
