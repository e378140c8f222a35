// The view of the scenario: its rules with their matches and next steps, and the editor to load another scenario.
import { el, pill, replace, clientText } from './dom.js';
import { Editor } from './editor.js';
import { json } from './json.js';
import { plural } from './format.js';

// Parses JSON with comments; undefined if that fails.
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
  repeat: 'then the last step repeats',
  cycle: 'then the first step again',
  'next-rule': 'then the next rules apply',
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
      'Verify expectations',
      () => ({ method: 'GET', path: 'verify', team: store.state.chosen, refused: (error) => this.#showVerdict(error.body) }),
      { then: (verdict) => this.#showVerdict(verdict) },
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
      el('h2', {}, clientText(name)),
      description && el('p', {}, clientText(description)),
      el(
        'p',
        { class: 'hint' },
        seed === null ? 'No seed: ids and random choices differ in each run.' : `Seed ${seed}.`,
      ),
    );
    const written = withoutComments(text)?.rules ?? [];
    const opened = new Set([...this.#rules.querySelectorAll('details[open]')].map((each) => each.dataset.rule));
    replace(
      this.#rules,
      extra.map((rule) => this.#rule(rule, undefined, 'added')),
      rules.map((rule, i) => this.#rule(rule, written[i])),
      !rules.length &&
        !extra.length &&
        el('p', { class: 'hint' }, 'No rules: every lookup uses the defaults of the scenario.'),
      extra.length > 0 &&
        this.#context.actions.button('Delete the added rules', () => ({
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
    const progress =
      steps === 1 && after === 'repeat'
        ? 'one step for every match'
        : next === undefined
          ? 'each profile has its own next step'
          : next === null
            ? 'no steps left'
            : `step ${next + 1} is next`;
    return el(
      'article',
      { class: `card rule-card${followed ? ' followed' : ''}` },
      el(
        'div',
        { class: 'card-head' },
        clientText(name, { class: 'client-text name' }),
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
            ? `${progress}, ${count === 'team' ? 'counted for the team' : 'counted for each profile'}, ${AFTER[after]}`
            : progress,
        ),
      ),
      written && el('details', { 'data-rule': name }, el('summary', {}, 'Source'), json(written)),
    );
  }

  #showVerdict(verdict) {
    if (!verdict) return;
    const failures = verdict.failures?.map((each) => each.message ?? each) ?? [];
    replace(
      this.#verdict,
      verdict.passed
        ? el('p', { class: 'result good' }, 'All expectations of the scenario are met.')
        : el(
            'div',
            { class: 'result bad' },
            el('p', {}, verdict.message ?? 'Some expectations are not met:'),
            el(
              'ul',
              {},
              failures.map((each) => el('li', {}, clientText(String(each)))),
            ),
          ),
    );
  }
}
