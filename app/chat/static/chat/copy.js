/** Buttons that copy the text of another element. */
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-copy]'))) {
  const { copy = '', copied = '' } = button.dataset;
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await copyFrom(/** @type {HTMLInputElement} */ (document.querySelector(copy)));
    button.textContent = copied;
    setTimeout(() => (button.textContent = label), 2000);
  });
}

/** @param {HTMLInputElement} source  or any other element */
async function copyFrom(source) {
  if (source.select) source.select();
  else getSelection()?.selectAllChildren(source);
  // Plain HTTP on a local network is no secure context: there the selection is copied.
  if (navigator.clipboard) await navigator.clipboard.writeText(source.value ?? source.textContent);
  else document.execCommand('copy');
}
