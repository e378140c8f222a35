// How many callbacks a second are delivered without other load: all are due at the same instant.
import { control, ours } from './ours.mjs';
import { whileRunning } from './processes.mjs';
import { withSink } from './sinks.mjs';
import { fill } from './wrk.mjs';

// To one sink, to a hundred, and to one while that many receivers hang; in callbacks a second.
export async function measureCallbacks({ programs, callbacks: count }) {
  const rate = (receivers) => deliver(programs, receivers, count);
  return { callbacks1: await rate({ ports: 1 }), callbacks100: await rate({ ports: 100 }),
           callbacksHanging: await rate({ ports: 1, hanging: 200 }) };
}

const deliver = (programs, receivers, count) =>
  whileRunning(ours(['--clock', 'manual']), programs, ({ url }) => withSink(programs, receivers, async (sink) => {
    // Hanging ones are first, so that they are running while the others are sent.
    if (sink.hanging.length > 0) await fill(url, sink.hanging.length, { callbacks: sink.hanging });
    await fill(url, count, { callbacks: sink.urls });
    await control(url, 'clock', { method: 'PUT', body: { mode: 'running' } });
    const { received, first_us: first, last_us: last } = await sink.until(count);
    if (received !== count) throw new Error(`${received} of ${count} callbacks came`);
    return (count - 1) / ((last - first) / 1e6);
  }));
