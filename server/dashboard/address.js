// Keeps the selected team and view in the page's address, so that reloading the page shows the same.
export function readAddress() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  return { team: parameters.get('team') || null, view: parameters.get('view') };
}

export function writeAddress({ team, view }) {
  const parameters = new URLSearchParams();
  if (team) parameters.set('team', team);
  parameters.set('view', view);
  history.replaceState(null, '', `#${parameters}`);
}
