import { peopleNamed } from './api.js';
import { need } from './page-data.js';

/** Somebody who types is not asked for at every letter. */
const TYPED = 150;

/**
 * Jumps to one of my rooms, or begins direct messages with anyone here.
 *
 * @param {() => HTMLElement[]} rooms  the links to them
 */
export function switcher(rooms) {
  const dialog = /** @type {HTMLDialogElement} */ (need('#switcher'));
  const box = /** @type {HTMLInputElement} */ (need('input', dialog));
  const list = need('[role=listbox]', dialog);
  const template = /** @type {HTMLTemplateElement} */ (need('template', dialog));
  /** @type {any} */
  let typing;

  const options = () => /** @type {HTMLElement[]} */ ([...list.children]);
  const chosen = () => options().find((option) => option.ariaSelected);

  /** @param {HTMLElement} option */
  function add(option) {
    option.role = 'option';
    option.tabIndex = -1;
    option.ariaCurrent = null;
    option.id = `option-${list.childElementCount}`;
    list.append(option);
  }

  /** @param {HTMLElement} [option] */
  function choose(option) {
    for (const one of options()) one.ariaSelected = one === option ? 'true' : null;
    option?.scrollIntoView({ block: 'nearest' });
    box.setAttribute('aria-activedescendant', option?.id ?? '');
    need('.nothing', dialog).hidden = !!option;
  }

  function look() {
    const wanted = plain(box.value);
    const found = rooms().filter((link) => plain(nameOf(link)).includes(wanted));
    found.sort((a, b) => Number(b.dataset.unread) - Number(a.dataset.unread));
    list.replaceChildren();
    for (const link of found) add(/** @type {HTMLElement} */ (link.cloneNode(true)));
    choose(options()[0]);
    clearTimeout(typing);
    if (wanted) typing = setTimeout(meet, TYPED);
  }

  async function meet() {
    const { value } = box;
    const people = await peopleNamed(value.trim()).catch(() => []);
    if (value !== box.value) return;
    const known = rooms().map(nameOf);
    for (const { id, name } of people) {
      if (known.includes(name)) continue;
      const option = /** @type {HTMLButtonElement} */ (need('button', template.content).cloneNode(true));
      option.value = String(id);
      need('.name', option).textContent = name;
      add(option);
    }
    choose(chosen() ?? options()[0]);
  }

  // Before it opens, not after: what is typed in that moment is the beginning of a name.
  dialog.addEventListener('beforetoggle', () => {
    if (dialog.open) return;
    box.value = '';
    look();
  });
  dialog.addEventListener('click', ({ target }) => list.contains(/** @type {Node} */ (target)) && dialog.close());
  box.addEventListener('input', look);
  box.addEventListener('keydown', (event) => {
    const all = options();
    const now = chosen();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (now && step) choose(all.at((all.indexOf(now) + step) % all.length));
    else if (event.key === 'Enter' && !event.isComposing) now?.click();
    else return;
    event.preventDefault();
  });
  return dialog;
}

/** @param {HTMLElement} link */
const nameOf = (link) => need('.name', link).innerText.trim();
/** Without accents, which nobody types when they look for something.  @param {string} text */
const plain = (text) => text.trim().normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
