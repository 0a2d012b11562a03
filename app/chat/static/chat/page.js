/** What any page may have: buttons that copy the text of another element. */
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-copy]'))) {
  const { copy = '', copied = '' } = button.dataset;
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await copyFrom(document.querySelector(copy));
    button.textContent = copied;
    setTimeout(() => (button.textContent = label), 2000);
  });
}

/** @param {Element | null} source */
async function copyFrom(source) {
  if (!source) return;
  if (source instanceof HTMLInputElement) source.select();
  else getSelection()?.selectAllChildren(source);
  const text = String(source instanceof HTMLInputElement ? source.value : source.textContent);
  // Plain HTTP on a local network is no secure context: there the selection is copied.
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else document.execCommand('copy');
}
