// Asks for the admin token where one is set.
import { el } from './dom.js';

export function askForToken(api) {
  let asking = null;
  return () =>
    (asking ??= ask(api).finally(() => {
      asking = null;
    }));
}

function ask(api) {
  return new Promise((resolve) => {
    const input = el('input', { type: 'password', autocomplete: 'off', required: true, 'aria-label': 'Token' });
    const said = el(
      'p',
      { class: api.token ? 'result bad' : 'hint' },
      api.token ? 'That token is not the right one.' : 'It is kept for this tab only.',
    );
    const dialog = el(
      'dialog',
      { 'aria-labelledby': 'token-title', cancel: (event) => event.preventDefault() },
      el(
        'form',
        {
          submit: (event) => {
            event.preventDefault();
            api.token = input.value;
            dialog.close();
            dialog.remove();
            resolve();
          },
        },
        el('h2', { id: 'token-title' }, 'Admin token'),
        el('p', {}, 'This mock was started with ', el('code', {}, '--admin-token'), '.'),
        input,
        said,
        el('button', { class: 'action primary' }, 'Go on'),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
