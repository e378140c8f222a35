// The view of all teams, and a form to open the team of a key.
import { el, pill, replace, clientText } from './dom.js';
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
  #error = el('p', { class: 'result bad', role: 'alert' });
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
      el('label', {}, 'Open the team of the API key ', this.#key),
      el('button', { class: 'action' }, 'Open'),
    );
    this.node = el(
      'section',
      { class: 'view teams' },
      open,
      this.#error,
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
        state.teams.length && !shown.length ? el('p', { class: 'empty' }, 'No team matches this filter.') : [],
      );
    else replace(this.#none, this.#context.empty('No team yet: each API key opens a team'));
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
        clientText(nameOf(team), { class: 'client-text name' }),
        clientText(team.scenario, { class: 'client-text code' }),
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

  // The page keeps the key until it is closed, for the commands that it shows.
  async #open(key) {
    this.#error.textContent = '';
    if (!key) return;
    if (!/^[\x20-\x7e]+$/.test(key)) {
      this.#error.textContent = 'A key can only contain printable ASCII characters.';
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
      this.#error.textContent = error.message;
    }
  }
}
