// The scenario: its rules, how often each was followed and which step is next; and another one in its place.
import { el, pill, replace, said } from './dom.js';
import { Editor } from './editor.js';
import { json } from './json.js';
import { plural } from './format.js';

// The file's JSON, for its comments are JSON's no more; undefined if that fails.
export function withoutComments(text) {
  try {
    return JSON.parse(
      text.replace(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g, (part) => (part.startsWith('"') ? part : ' ')),
    );
  } catch {
    return undefined;
  }
}

const AFTER = {
  repeat: 'then the last again and again',
  cycle: 'then from the start',
  'next-rule': 'then the rules behind it',
};

export class Script {
  #context;
  #about = el('div', { class: 'about' });
  #rules = el('div');
  #verdict = el('div', { role: 'status' });
  #editor;
  #shown = '';

  constructor(context) {
    this.#context = context;
    const { actions, store } = context;
    this.#editor = new Editor(context);
    const verify = actions.button(
      'Check what it expects',
      () => ({ method: 'GET', path: 'verify', team: store.state.chosen, refused: (error) => this.#judge(error.body) }),
      { then: (verdict) => this.#judge(verdict) },
    );
    this.ofTeam = el(
      'div',
      {},
      this.#about,
      el('div', { class: 'tools' }, verify),
      this.#verdict,
      el('h2', {}, 'Rules'),
      this.#rules,
    );
    this.node = el('section', { class: 'view script' }, this.ofTeam, this.#editor.node);
  }

  show(state) {
    this.ofTeam.hidden = !state.chosen;
    this.#editor.show(state);
    const shown = JSON.stringify([state.chosen, state.scenario]);
    if (!state.scenario || shown === this.#shown) return;
    if (!this.#shown.startsWith(`["${state.chosen}"`)) replace(this.#verdict);
    this.#shown = shown;
    const { name, description, seed, rules, extra_rules: extra, text } = state.scenario;
    replace(
      this.#about,
      el('h2', {}, said(name)),
      description && el('p', {}, said(description)),
      el(
        'p',
        { class: 'hint' },
        seed === null ? 'No seed: ids and draws differ from start to start.' : `Seed ${seed}.`,
      ),
    );
    const written = withoutComments(text)?.rules ?? [];
    const opened = new Set([...this.#rules.querySelectorAll('details[open]')].map((each) => each.dataset.rule));
    replace(
      this.#rules,
      extra.map((rule) => this.#rule(rule, undefined, 'put first')),
      rules.map((rule, i) => this.#rule(rule, written[i])),
      !rules.length &&
        !extra.length &&
        el('p', { class: 'hint' }, 'It has no rules: every lookup goes as its defaults say.'),
      extra.length > 0 &&
        this.#context.actions.button('Take away the rules that were put first', () => ({
          method: 'DELETE',
          path: 'rules',
          team: this.#context.store.state.chosen,
        })),
    );
    for (const each of this.#rules.querySelectorAll('details')) each.open = opened.has(each.dataset.rule);
  }

  #rule(rule, written, extra) {
    const { name, on, count, steps, after_last: after, followed, next_step: next, left } = rule;
    const dots = Array.from({ length: Math.min(steps, 12) }, (_, i) =>
      el('li', { class: i === next ? 'step next' : 'step' }, String(i + 1)),
    );
    const told =
      steps === 1 && after === 'repeat'
        ? 'one step for every match'
        : next === undefined
          ? 'each profile has its own next step'
          : next === null
            ? 'its steps are used up'
            : `step ${next + 1} is next`;
    return el(
      'article',
      { class: `card rule-card${followed ? ' followed' : ''}` },
      el(
        'div',
        { class: 'card-head' },
        said(name, { class: 'said name' }),
        extra && pill(`${extra}, ${plural(left, 'call')} left`, 'busy'),
        el('span', { class: 'hint' }, `on ${on}`),
        el(
          'span',
          { class: 'matches' },
          el('strong', {}, followed.toLocaleString('en')),
          followed === 1 ? ' match' : ' matches',
        ),
      ),
      el(
        'div',
        { class: 'card-foot' },
        steps > 1 && el('ol', { class: 'steps', 'aria-hidden': 'true' }, dots),
        steps > 12 && el('span', { class: 'hint' }, `… ${steps}`),
        el(
          'span',
          { class: 'hint' },
          steps > 1
            ? `${told}, ${count === 'team' ? 'counted for the team' : 'counted for each profile'}, ${AFTER[after]}`
            : told,
        ),
      ),
      written && el('details', { 'data-rule': name }, el('summary', {}, 'As it is written'), json(written)),
    );
  }

  #judge(verdict) {
    if (!verdict) return;
    const failures = verdict.failures?.map((each) => each.message ?? each) ?? [];
    replace(
      this.#verdict,
      verdict.passed
        ? el('p', { class: 'result good' }, 'All that the scenario expects holds.')
        : el(
            'div',
            { class: 'result bad' },
            el('p', {}, verdict.message ?? 'Not what the scenario expects:'),
            el(
              'ul',
              {},
              failures.map((each) => el('li', {}, said(String(each)))),
            ),
          ),
    );
  }
}
