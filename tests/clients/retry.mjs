// Waiting and retrying.
import { setTimeout as sleepFor } from 'node:timers/promises';

export const sleep = (ms) => sleepFor(ms);

// first, first*2, first*4 … up to cap.
export function* backoff({ firstMs, capMs }) {
  for (let wait = firstMs; ; wait = Math.min(wait * 2, capMs)) yield wait;
}

// Calls `attempt` until it succeeds, up to `attempts` times, if its error can be retried.
// It waits at least as long as Retry-After says. `onRetry(error, waitMs)` is called before each retry.
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
