import { clone, need } from './page-data.js';

/** @type {Record<string, string>} what a key does to the message that has the keyboard */
const KEYS = { r: 'reply', e: 'edit', '+': 'palette', c: 'link', Delete: 'delete' };

/**
 * What one can do with a message: tools that come to the one under the pointer, or that has the keyboard.
 *
 * @param {object} options
 * @param {HTMLElement} options.main
 * @param {HTMLElement} options.list
 * @param {(key: string | undefined) => Item | undefined} options.itemOf
 * @param {(act: string, item: Item) => boolean} options.may
 * @param {(act: string, item: Item, emoji?: string) => void} options.onAct
 * @param {() => void} options.onLeave  back to where one writes
 */
export function actions({ main, list, itemOf, may, onAct, onLeave }) {
  const tools = clone('tools');
  const palette = need('form', tools);
  const copy = need('[data-act=link]', tools);
  const free = /** @type {HTMLInputElement} */ (need('input', palette));
  const dialog = /** @type {HTMLDialogElement} */ (need('#delete', main));
  let pointer = '';

  /** @param {EventTarget | null} target */
  const messageOf = (target) => /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest?.('.message'));

  /** @param {HTMLElement | null} message */
  function show(message) {
    const item = message && itemOf(message.dataset.key);
    if (!message || !item?.message || item.message.deleted) return;
    const moves = tools.parentElement !== message;
    // Going away, the tools would take the keyboard with them.
    if (moves && tools.contains(document.activeElement)) tools.parentElement?.focus();
    for (const tool of /** @type {NodeListOf<HTMLElement>} */ (tools.querySelectorAll('.tool'))) {
      tool.hidden = !may(tool.dataset.act ?? '', item);
    }
    if (!moves) return;
    copy.classList.remove('done');
    palette.hidden = true;
    message.append(tools);
  }

  /** @param {string} act  @param {HTMLElement} message  @param {HTMLElement} [by]  the button */
  async function run(act, message, by) {
    const item = itemOf(message.dataset.key);
    if (!item || (by?.dataset.act !== act && !may(act, item))) return;
    if (act === 'palette') {
      show(message);
      palette.hidden = !palette.hidden;
      if (!palette.hidden) need('button', palette).focus();
    } else if (act === 'delete') {
      dialog.onclose = () => {
        if (!dialog.returnValue) return;
        // The tools go with what was said.
        done(message);
        onAct(act, item);
      };
      dialog.returnValue = '';
      dialog.showModal();
    } else {
      onAct(act, item, by?.dataset.emoji);
      copy.classList.toggle('done', act === 'link');
      if (palette.contains(by ?? null)) done(message);
    }
  }

  /** @param {HTMLElement} message */
  function done(message) {
    palette.hidden = true;
    message.focus({ preventScroll: true });
  }

  /** @param {HTMLElement} from  @param {string} way */
  function step(from, way) {
    const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('.message')]);
    const next = all.indexOf(from) + (way === 'ArrowUp' ? -1 : 1);
    if (next < all.length) all[Math.max(next, 0)].focus();
    else onLeave();
  }

  list.addEventListener('pointermove', ({ target, pointerType, clientX, clientY }) => {
    const here = `${clientX} ${clientY}`;
    // What scrolls under a pointer that rests takes nothing away from the keyboard.
    if (pointerType === 'mouse' && here !== pointer) show(messageOf(target));
    pointer = here;
  });
  list.addEventListener('pointerleave', () => (pointer = ''));
  list.addEventListener('focusin', ({ target }) => show(messageOf(target)));
  list.addEventListener('click', (event) => {
    const message = messageOf(event.target);
    if (!message) return;
    const by = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[data-act]'));
    // A link to another tab is the browser's.
    if (!by || event.ctrlKey || event.metaKey || event.shiftKey) return show(message);
    event.preventDefault();
    run(by.dataset.act ?? '', message, by);
  });
  palette.addEventListener('submit', (event) => {
    event.preventDefault();
    const message = messageOf(tools);
    const item = message && itemOf(message.dataset.key);
    if (item && free.value.trim()) onAct('react', item, free.value.trim());
    free.value = '';
    if (message) done(message);
  });
  list.addEventListener('keydown', (event) => {
    const { key, target } = event;
    const message = messageOf(target);
    if (!message || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === 'Escape') {
      if (target === message) onLeave();
      else done(message);
    } else if (target !== message) return;
    else if (key === 'ArrowUp' || key === 'ArrowDown') step(message, key);
    else if (key === 'Enter') tools.querySelector(/** @type {any} */ ('.tool:not([hidden])'))?.focus();
    else if (KEYS[key]) run(KEYS[key], message);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
