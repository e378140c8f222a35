// What is around the views: whether the page is live, what there is to say, which views there are.
import { el, replace } from './dom.js';
import { plural } from './format.js';

const OF_TEAM = ['timeline', 'journal', 'callbacks', 'credits', 'scenario'],
  OF_ALL = ['teams', 'journal', 'scenario'];
const LINKS = { connecting: 'connecting', live: 'live', lost: 'disconnected, trying again', refused: 'refused' };

const byId = (id) => document.getElementById(id);

// `view`, if there is such a one for a team, or for all; else the first.
export function viewFor(team, view) {
  const open = team ? OF_TEAM : OF_ALL;
  return open.includes(view) ? view : open[0];
}

// Text that is read out, so that it is touched only when it changes.
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export class Frame {
  #views;
  #look;
  #names = '';

  // `views` by name, each with its `node`; `look(name)` goes to one.
  constructor(views, look) {
    this.#views = views;
    this.#look = look;
  }

  show(state) {
    byId('link').className = `link ${state.link}`;
    say(byId('link'), LINKS[state.link]);
    byId('notice').hidden = !state.notice;
    say(byId('notice'), state.notice);
    this.#showNames(state.chosen ? OF_TEAM : OF_ALL);
    this.#showCounts(state);
    const main = byId('main'),
      { node } = this.#views[state.view];
    if (main.firstElementChild !== node) replace(main, node);
  }

  #showNames(names) {
    if (this.#names === names.join()) return;
    this.#names = names.join();
    const button = (name) =>
      el(
        'button',
        { type: 'button', 'data-view': name, click: () => this.#look(name) },
        name[0].toUpperCase() + name.slice(1),
        el('span', { class: 'badge' }),
      );
    replace(byId('views'), names.map(button));
  }

  #showCounts({ view, enrichments, requests, callbacks }) {
    const counts = { timeline: enrichments.length, journal: requests.length, callbacks: callbacks.length };
    for (const button of byId('views').children) {
      const name = button.dataset.view,
        badge = button.lastChild;
      button.setAttribute('aria-current', name === view ? 'page' : 'false');
      badge.textContent = counts[name] ? counts[name].toLocaleString('en') : '';
      badge.title = counts[name] ? plural(counts[name], 'entry', 'entries') : '';
    }
  }
}
