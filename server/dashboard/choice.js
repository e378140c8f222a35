// The choice of a team at the head of the page.
import { el, replace } from './dom.js';
import { nameOf } from './teams.js';

const MOST = 300; // the view of all teams has the others

export class TeamChoice {
  #select;
  #shown = '';
  #looked = null; // { key, scenario } of the team that is looked at
  #awaited = null; // the same of one that is to be looked at again once it is back

  constructor(select, choose) {
    this.#select = select;
    select.addEventListener('change', () => {
      this.#awaited = null;
      choose(select.value || null);
    });
  }

  // The team that was looked at is gone.
  awaitReturn() {
    this.#awaited = this.#looked;
  }

  // The awaited team, if it is among these under another id.
  returned(teams) {
    const back =
      this.#awaited &&
      teams.find(({ key, scenario }) => key === this.#awaited.key && scenario === this.#awaited.scenario);
    if (back) this.#awaited = null;
    return back;
  }

  show({ teams, chosen }) {
    const { key, scenario } = teams.find(({ id }) => id === chosen) ?? {};
    if (key) this.#looked = { key, scenario };
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
