/** What any page may have: buttons that copy the text of another element. */
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-copy]'))) {
  const label = button.textContent ?? '';
  button.hidden = false;
  button.addEventListener('click', async () => {
    const source = document.querySelector(button.dataset.copy ?? '');
    if (!source) return;
    await copy(source);
    button.textContent = button.dataset.copied ?? label;
    setTimeout(() => (button.textContent = label), 2000);
  });
}

/** @param {Element} source */
async function copy(source) {
  const text = source instanceof HTMLInputElement ? source.value : source.textContent;
  if (source instanceof HTMLInputElement) source.select();
  else getSelection()?.selectAllChildren(source);
  // Plain HTTP on a local network is no secure context: there the selection is copied.
  if (navigator.clipboard) await navigator.clipboard.writeText(text ?? '');
  else document.execCommand('copy');
}
