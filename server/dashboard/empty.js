// The empty state of a view, with a command to copy that creates the first entry.
import { copyButton, el } from './dom.js';
import { firstRequest } from './curl.js';

// `key`: an API key of the selected team; undefined: the page does not know it.
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
        ? ['Keys are never shown. Set ', el('code', {}, '$API_KEY'), ` to this team’s key (${maskedKey}).`]
        : 'Run this command. The result appears here at once.',
    ),
    el(
      'div',
      { class: 'command' },
      el('code', {}, command),
      copyButton(() => command),
    ),
  );
}
