// Waiting and trying again.
import { setTimeout as sleepFor } from 'node:timers/promises';

export const sleep = (ms) => sleepFor(ms);

// first, first*2, first*4 … up to cap.
export function* backoff({ firstMs, capMs }) {
  for (let wait = firstMs; ; wait = Math.min(wait * 2, capMs)) yield wait;
}

// Calls `attempt` until it succeeds, up to `attempts` times, when its error says that trying again makes sense.
// A server that names a time in Retry-After is not asked any sooner. `onRetry(error, waitMs)` is told of each.
export async function withRetries(attempt, { attempts, firstMs, capMs, wait = sleep, onRetry = () => {} }) {
  const pauses = backoff({ firstMs, capMs });
  for (let n = 1; ; n += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!error.retryable || n === attempts) throw error;
      const waitMs = Math.max(pauses.next().value, error.retryAfterMs ?? 0);
      onRetry(error, waitMs);
      await wait(waitMs);
    }
  }
}
