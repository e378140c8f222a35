// What is shown where there is nothing yet: how to make something be there, ready to be copied.
import { copyButton, el } from './dom.js';
import { firstRequest } from './curl.js';

// `key`: with which a request reaches the team that is looked at; undefined: it is known to its owner only.
export function empty(title, { origin, key, maskedKey }) {
  const command = firstRequest(origin, key);
  return el(
    'div',
    { class: 'empty' },
    el('h2', {}, title),
    el(
      'p',
      {},
      key === undefined
        ? ['This team’s key is shown to nobody: put it in place of ', el('code', {}, '$API_KEY'), ` (${maskedKey}).`]
        : 'Try this; it shows up here at once.',
    ),
    el(
      'div',
      { class: 'command' },
      el('code', {}, command),
      copyButton(() => command),
    ),
  );
}
