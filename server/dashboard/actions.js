// Buttons that make control calls. The footer shows the call of the focused or hovered button as curl, and the result of
// the last call.
import { copyButton, el, replace } from './dom.js';
import { plural } from './format.js';

export class Actions {
  #api;
  #result = el('p', { class: 'result', role: 'status' });
  #curl = el('code', { class: 'curl' });
  #onDone;

  // `onDone(call)` is called after each call, successful or not.
  constructor(api, strip, onDone) {
    this.#api = api;
    this.#onDone = onDone;
    this.#curl.textContent = 'Every button makes a control call. Move the pointer over a button to see the call as curl.';
    replace(
      strip,
      this.#result,
      el('div', { class: 'curl-line', tabindex: '0', role: 'group', 'aria-label': 'As curl' }, this.#curl),
      copyButton(() => this.#curl.textContent, 'Copy'),
    );
  }

  // A button for the call that `make()` returns; without a call it does nothing. `then(answer)` gets the response.
  button(label, make, { then, kind = '', ...attributes } = {}) {
    const preview = () => {
      const call = make();
      if (call) this.show(call);
    };
    return el(
      'button',
      {
        type: 'button',
        class: `action ${kind}`,
        focus: preview,
        pointerenter: preview,
        ...attributes,
        click: async () => {
          const call = make();
          if (call) await this.run(call, then);
        },
      },
      label,
    );
  }

  show(call) {
    this.#curl.textContent = this.#api.curl(call);
  }

  say(text, kind = '') {
    this.#result.className = `result ${kind}`;
    this.#result.textContent = text;
  }

  // Returns the response; undefined after an error, which the footer shows.
  async run(call, then = () => {}) {
    this.show(call);
    this.say(`${call.method} ${call.path} …`);
    try {
      const answer = await this.#api.call(call);
      this.say(`${call.method} ${call.path}: ${summary(answer)}`, 'good');
      then(answer);
      return answer;
    } catch (error) {
      this.say(`${call.method} ${call.path}: ${failure(error)}`, 'bad');
      call.refused?.(error);
      return undefined;
    } finally {
      this.#onDone(call);
    }
  }
}

function summary(answer) {
  if (Array.isArray(answer.fired)) return `${answer.fired.length} fired${open(answer)}`;
  return 'done';
}

const open = ({ open: left }) =>
  left?.length ? `; open: ${left.map(({ id, why }) => `${id} (${why})`).join(', ')}` : '';

function failure({ status, message, body }) {
  if (status === 422 && body?.fired) return `the timeout was reached${open(body)}`;
  if (body?.problems) return `${status}, ${plural(body.problems.length, 'problem')}: see below the text`;
  return status ? `${status} ${message}` : message;
}
