// Shows the reason if the page's modules do not load, for example because a proxy blocks them. Not a module, because it
// must run before them.
(() => {
  async function reasonOf(url) {
    const answer = await fetch(url).catch(() => null);
    if (!answer) return 'the server does not respond';
    if (answer.ok) return 'a file that it imports did not load';
    const body = await answer.json().catch(() => null);
    return body?.message ?? `the server responded with status ${answer.status}`;
  }

  async function explain(url) {
    const text = `This page cannot start: ${new URL(url).pathname} did not load: ${await reasonOf(url)}`;
    document.getElementById('main').textContent = text;
  }

  const whenParsed = (act) =>
    document.readyState === 'loading' ? addEventListener('DOMContentLoaded', act, { once: true }) : act();

  addEventListener(
    'error',
    ({ target }) => {
      if (target instanceof HTMLScriptElement) whenParsed(() => explain(target.src));
    },
    true, // the event does not bubble
  );
})();
