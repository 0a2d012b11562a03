/** Light, dark or as the system has it: a cookie, so that the server paints the next page right from the start. */
addEventListener('change', ({ target }) => {
  const { name, value } = /** @type {HTMLInputElement} */ (target);
  if (name !== 'theme') return;
  const { dataset } = document.documentElement;
  document.cookie = `theme=${value}; path=/; samesite=lax; max-age=${value ? 31_536_000 : 0}`;
  if (value) dataset.theme = value;
  else delete dataset.theme;
  const { backgroundColor } = getComputedStyle(document.body);
  for (const meta of document.querySelectorAll('[name=theme-color]')) meta.setAttribute('content', backgroundColor);
});
