// The calls of a test suite's client, at full speed: requests with a callback, polls until resolved, callbacks to a
// local sink.
import { ours, untilQuiet } from './ours.mjs';
import { cpuSeconds, whileRunning } from './processes.mjs';
import { withSink } from './sinks.mjs';
import { runScript } from './wrk.mjs';

const CONNECTIONS = 16;
const LEAST_SECONDS = 4;  // lookups take half a second: a shorter load would measure only its start

// The script alone, with a server that is already running.
export const mixedLoad = (url, sink, seconds) =>
  runScript('mixed', url, { BENCH_CALLBACKS: sink.urls[0], BENCH_RECEIVED: sink.file }, { connections: CONNECTIONS, seconds });

export const measureMixed = ({ programs, seconds }) =>
  whileRunning(ours(), programs, ({ url, pid }) => withSink(programs, { ports: 1 }, async (sink) => {
    const before = cpuSeconds(pid);
    const result = await mixedLoad(url, sink, Math.max(seconds, LEAST_SECONDS));
    const { received } = await sink.ask();
    const mixedCpuUs = (cpuSeconds(pid) - before) * 1e6 / result.requests;
    await untilQuiet(url);
    const all = await sink.ask();
    return { mixedRate: result.rate, mixedP50: result.p50, mixedP99: result.p99, mixedCpuUs,
             mixedResolved: result.resolved / result.seconds, mixedCallbacks: received / result.seconds,
             mixedErrors: Object.values(result.errors).reduce((sum, count) => sum + count, 0),
             mixedLost: Math.max(0, result.accepted - all.received) };
  }));
