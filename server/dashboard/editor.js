// Loads a scenario: a loaded one, a changed version of the running one, or a pasted text. Problems are shown with their
// lines.
import { el, replace, clientText } from './dom.js';

export class Editor {
  #context;
  #choice = el('select', { 'aria-label': 'Loaded scenario' });
  #lines = el('div', { class: 'lines', 'aria-hidden': 'true' });
  #text = el('textarea', {
    spellcheck: 'false',
    wrap: 'off',
    autocomplete: 'off',
    'aria-label': 'Scenario',
    rows: '14',
    placeholder: '{ "name": "mine", "credits": 3, "rules": [] }',
    input: () => this.#number(),
    scroll: () => {
      this.#lines.scrollTop = this.#text.scrollTop;
    },
  });
  #problems = el('div', { class: 'problems', role: 'alert' });
  #wrong = new Set();
  #hint = el('p', { class: 'hint' });
  #running;
  #names = '';

  constructor(context) {
    this.#context = context;
    const { actions } = context;
    const open = actions.button('Show', () => ({ method: 'GET', path: `scenarios/${this.#choice.value}` }), {
      then: ({ text }) => this.#put(text),
    });
    this.#running = el(
      'button',
      { type: 'button', class: 'quiet', click: () => this.#put(context.store.state.scenario?.text ?? '') },
      'Show the running scenario',
    );
    const load = actions.button('Load this scenario', () => this.#call(), {
      kind: 'primary',
      then: () => this.#showProblems([]),
    });
    this.node = el(
      'div',
      { class: 'loader' },
      el('h2', {}, 'Load a scenario'),
      this.#hint,
      el('div', { class: 'tools' }, this.#choice, open, this.#running),
      el('div', { class: 'editor' }, this.#lines, this.#text),
      this.#problems,
      el('div', { class: 'tools' }, load),
    );
    this.#number();
    this.#text.addEventListener('focus', () => this.#list());
    this.#list();
  }

  show({ chosen, scenario }) {
    this.#running.hidden = !chosen || !scenario;
    this.#hint.textContent = chosen
      ? 'Applies to this team until it is reset. Accepted enrichments keep their plan. Balance and clock do not change.'
      : 'Applies to all current and future teams that run the scenario of this name.';
  }

  async #list() {
    const { scenarios } = await this.#context.api.call({ path: 'scenarios' }).catch(() => ({ scenarios: [] }));
    const names = scenarios.map(({ name }) => name).join();
    if (names === this.#names) return;
    this.#names = names;
    replace(
      this.#choice,
      scenarios.map(({ name, description }) => el('option', { value: name, title: description }, name)),
    );
  }

  #call() {
    return {
      method: 'PUT',
      path: 'scenario',
      team: this.#context.store.state.chosen,
      body: this.#text.value,
      refused: ({ body, message }) => this.#showProblems(body?.problems ?? [{ pointer: '', message }]),
    };
  }

  #put(text) {
    this.#text.value = text;
    this.#showProblems([]);
  }

  #number() {
    const count = this.#text.value.split('\n').length;
    replace(
      this.#lines,
      Array.from({ length: count }, (_, i) =>
        el('span', { class: this.#wrong.has(i + 1) ? 'wrong' : '' }, String(i + 1)),
      ),
    );
    this.#lines.scrollTop = this.#text.scrollTop;
  }

  #showProblems(problems) {
    this.#wrong = new Set(problems.map(({ line }) => line));
    this.#number();
    this.#text.setAttribute('aria-invalid', String(problems.length > 0));
    replace(
      this.#problems,
      problems.length > 0 &&
        el(
          'ul',
          {},
          problems.map(({ pointer, line, column, message }) =>
            el(
              'li',
              {},
              line &&
                el(
                  'button',
                  { type: 'button', class: 'link-button', click: () => this.#go(line, column) },
                  `Line ${line}, column ${column}`,
                ),
              pointer && clientText(pointer, { class: 'client-text code' }),
              clientText(message),
            ),
          ),
        ),
    );
  }

  // Moves the cursor to this position.
  #go(line, column) {
    const before = this.#text.value
      .split('\n')
      .slice(0, line - 1)
      .reduce((sum, each) => sum + each.length + 1, 0);
    const end = this.#text.value.indexOf('\n', before);
    this.#text.focus();
    this.#text.setSelectionRange(before + column - 1, end < 0 ? this.#text.value.length : end);
    this.#text.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(this.#text).lineHeight));
  }
}
