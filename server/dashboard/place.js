// Which team and view are looked at, in the address, so that loading the page again shows the same.
export function place() {
  const said = new URLSearchParams(location.hash.slice(1));
  return { team: said.get('team') || null, view: said.get('view') };
}

export function setPlace({ team, view }) {
  const said = new URLSearchParams();
  if (team) said.set('team', team);
  said.set('view', view);
  history.replaceState(null, '', `#${said}`);
}
