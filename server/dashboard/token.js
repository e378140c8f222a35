// Asks for the admin token if the server requires one.
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
    const hint = el(
      'p',
      { class: api.token ? 'result bad' : 'hint' },
      api.token ? 'This token is wrong.' : 'The token is stored for this tab only.',
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
        hint,
        el('button', { class: 'action primary' }, 'Continue'),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
