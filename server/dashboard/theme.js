// Applies the chosen theme before the first paint. Not a module, because it must block. "auto" follows the system.
(() => {
  const THEMES = ['auto', 'light', 'dark'];
  const kept = () => {
    try {
      return localStorage.getItem('theme');
    } catch {
      // storage is disabled
      return null;
    }
  };
  let theme = THEMES.includes(kept()) ? kept() : 'auto';

  const apply = () => {
    document.documentElement.dataset.theme = theme;
  };

  function next(button) {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    apply();
    label(button);
    try {
      localStorage.setItem('theme', theme);
    } catch {
      /* the choice is lost when the page is closed */
    }
  }

  function label(button) {
    button.textContent = `◐ ${theme}`;
    button.setAttribute('aria-label', `Theme: ${theme}`);
  }

  apply();
  addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    label(button);
    button.addEventListener('click', () => next(button));
  });
})();
