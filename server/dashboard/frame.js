// The frame around the views: connection state, notice, and the navigation.
import { el, replace } from './dom.js';
import { plural } from './format.js';

const OF_TEAM = ['timeline', 'journal', 'callbacks', 'credits', 'scenario', 'advice'],
  OF_ALL = ['teams', 'journal', 'scenario'];
const LINKS = { connecting: 'connecting', live: 'live', lost: 'disconnected, reconnecting', refused: 'refused' };

const byId = (id) => document.getElementById(id);

// `view`, if it exists for a team (or for all teams); otherwise the first view.
export function viewFor(team, view) {
  const open = team ? OF_TEAM : OF_ALL;
  return open.includes(view) ? view : open[0];
}

// Screen readers read this text aloud at every change, so it is only set if it differs.
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export class Frame {
  #views;
  #showView;
  #names = '';

  // `views` by name, each with its `node`; `showView(name)` opens a view.
  constructor(views, showView) {
    this.#views = views;
    this.#showView = showView;
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
        { type: 'button', 'data-view': name, click: () => this.#showView(name) },
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
