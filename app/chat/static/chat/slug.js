/** Suggests a new room's address from its name, until the person writes one. */
const name = document.querySelector('#id_name');
const slug = document.querySelector('#id_slug');

if (name instanceof HTMLInputElement && slug instanceof HTMLInputElement) {
  let own = slug.value !== '';
  slug.addEventListener('input', () => (own = slug.value !== ''));
  name.addEventListener('input', () => {
    if (!own) slug.value = slugOf(name.value);
  });
}

/** @param {string} text */
function slugOf(text) {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, '-').slice(0, 64).replace(/^-|-$/g, '');
}
