// All teams, and how to look at the one of a key.
import { el, pill, replace, said } from './dom.js';
import { plural } from './format.js';
import { WindowedList } from './list.js';

export const nameOf = ({ name, key }) => name ?? key;

export class Teams {
  #context;
  #filter = el('input', {
    type: 'search',
    placeholder: 'name, key or scenario',
    'aria-label': 'Filter teams',
    input: () => this.#context.refresh(),
  });
  #key = el('input', {
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'flaky-callback.me',
    'aria-label': 'API key',
  });
  #said = el('p', { class: 'result bad', role: 'alert' });
  #count = el('p', { class: 'count' });
  #none = el('div');
  #list;

  constructor(context) {
    this.#context = context;
    this.#list = new WindowedList({
      label: 'Teams',
      key: ({ id }) => id,
      height: () => 70,
      sign: (team) => JSON.stringify(team),
      build: (team) => this.#build(team),
    });
    const open = el(
      'form',
      {
        class: 'tools',
        submit: (event) => {
          event.preventDefault();
          this.#open(this.#key.value.trim());
        },
      },
      el('label', {}, 'Look at the team of the key ', this.#key),
      el('button', { class: 'action' }, 'Open'),
    );
    this.node = el(
      'section',
      { class: 'view teams' },
      open,
      this.#said,
      el('div', { class: 'tools' }, this.#filter, this.#count),
      this.#none,
      this.#list.node,
    );
  }

  show(state) {
    const text = this.#filter.value.trim().toLowerCase();
    const shown = state.teams.filter((team) =>
      [nameOf(team), team.key, team.scenario, team.id].some((each) => each.toLowerCase().includes(text)),
    );
    this.#count.textContent = plural(shown.length, 'team');
    if (state.teams.length || !state.loaded)
      replace(
        this.#none,
        state.teams.length && !shown.length ? el('p', { class: 'empty' }, 'No team fits this filter.') : [],
      );
    else replace(this.#none, this.#context.empty('No team yet: each API key opens one'));
    this.#list.show(shown);
  }

  #build(team) {
    const open = team.open.lookups + team.open.callbacks;
    return el(
      'button',
      {
        type: 'button',
        class: 'row team-card',
        'data-row': true,
        'data-id': team.id,
        click: () => this.#context.choose(team.id),
      },
      el(
        'span',
        { class: 'row-head' },
        said(nameOf(team), { class: 'said name' }),
        said(team.scenario, { class: 'said code' }),
        open > 0 && pill(`${open} open`, 'busy'),
      ),
      el(
        'span',
        { class: 'hint' },
        [
          [team.enrichments, 'enrichment'],
          [team.requests, 'request'],
          [team.credits, 'credit'],
        ]
          .map(([count, name]) => plural(count, name))
          .join(' · '),
      ),
    );
  }

  // A key is kept for as long as the page is open, for the commands that it shows.
  async #open(key) {
    this.#said.textContent = '';
    if (!key) return;
    if (!/^[\x20-\x7e]+$/.test(key)) {
      this.#said.textContent = 'A key consists of what a header can carry: visible ASCII.';
      return;
    }
    try {
      const {
        teams: [team],
      } = await this.#context.api.call({ path: 'teams', key });
      this.#context.rememberKey(team.id, key);
      this.#key.value = '';
      this.#context.choose(team.id, team);
    } catch (error) {
      this.#said.textContent = error.message;
    }
  }
}
