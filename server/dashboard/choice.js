// The team selection in the page header.
import { el, replace } from './dom.js';
import { nameOf } from './teams.js';

const MOST = 300; // the view Teams shows all

export class TeamChoice {
  #select;
  #shown = '';
  #selected = null; // { key, scenario } of the selected team
  #awaited = null; // the same for a team to select again when it is back

  constructor(select, choose) {
    this.#select = select;
    select.addEventListener('change', () => {
      this.#awaited = null;
      choose(select.value || null);
    });
  }

  // The selected team no longer exists.
  awaitReturn() {
    this.#awaited = this.#selected;
  }

  // The awaited team, if `teams` contains it under another id.
  returned(teams) {
    const back =
      this.#awaited &&
      teams.find(({ key, scenario }) => key === this.#awaited.key && scenario === this.#awaited.scenario);
    if (back) this.#awaited = null;
    return back;
  }

  show({ teams, chosen }) {
    const { key, scenario } = teams.find(({ id }) => id === chosen) ?? {};
    if (key) this.#selected = { key, scenario };
    const latest = teams.slice(-MOST);
    const shown = [...latest, ...teams.filter(({ id }) => id === chosen && !latest.some((each) => each.id === id))];
    const sign = JSON.stringify([chosen, shown.map(({ id, name, key, scenario }) => [id, name, key, scenario])]);
    if (sign === this.#shown) return;
    this.#shown = sign;
    replace(
      this.#select,
      el('option', { value: '' }, 'All teams'),
      shown.map((team) => el('option', { value: team.id }, `${nameOf(team)} · ${team.scenario}`)),
    );
    this.#select.value = chosen ?? '';
  }
}
