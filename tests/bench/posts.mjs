// POSTs by fetch, one after the other, as a test's client sends them.
import { EMAIL } from './peers/answers.mjs';
import { HEADERS, LEAD } from './workloads.mjs';

const WARM_UP = 500;

// The milliseconds that one of `count` took, on average.
export async function postsInTurn(url, count) {
  const post = async () => {
    const response = await fetch(url + EMAIL, { method: 'POST', headers: HEADERS, body: LEAD });
    await response.json();
    if (response.status !== 201) throw new Error(`POST ${url}${EMAIL}: ${response.status}`);
  };
  for (let n = 0; n < WARM_UP; n += 1) await post();
  const since = performance.now();
  for (let n = 0; n < count; n += 1) await post();
  return (performance.now() - since) / count;
}
