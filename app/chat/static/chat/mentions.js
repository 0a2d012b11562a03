import { clone } from './page-data.js';

/** An @ and what was typed of a name, before the cursor. The characters are those that a name may have. */
const BEGUN = /(?:^|[\s(])@([\p{L}\p{N}_.@+-]{0,40})$/u;
const OFFERED = 6;

/**
 * Offers the names that go on as what was typed after an @.
 *
 * @param {HTMLTextAreaElement} box
 * @param {HTMLElement} list  a listbox
 * @param {() => Promise<User[]>} people  whom one can name
 * @returns {(event: KeyboardEvent) => boolean} whether a key was for the list
 */
export function completion(box, list, people) {
  let begun = '';
  let at = 0;

  const typed = () => BEGUN.exec(box.value.slice(0, box.selectionStart))?.[1] ?? '@';

  async function look() {
    begun = typed();
    const wanted = begun;
    // A name holds no second @ at its beginning: nothing was begun.
    const all = begun === '@' ? [] : await people();
    if (wanted !== begun) return;
    const fit = all.filter(({ name }) => name.toLowerCase().startsWith(begun.toLowerCase())).slice(0, OFFERED);
    list.replaceChildren(...fit.map(({ name }, place) => {
      const option = clone('mention');
      option.textContent = name;
      option.id = `mention-${place}`;
      return option;
    }));
    choose(0);
  }

  /** @param {number} place */
  function choose(place) {
    const options = /** @type {HTMLElement[]} */ ([...list.children]);
    at = (place + options.length) % (options.length || 1);
    list.hidden = !options.length;
    options.forEach((option, one) => (option.ariaSelected = String(one === at)));
    if (list.hidden) box.removeAttribute('aria-activedescendant');
    else box.setAttribute('aria-activedescendant', options[at].id);
  }

  function close() {
    list.replaceChildren();
    choose(0);
  }

  /** @param {string | null} name */
  function take(name) {
    // The cursor may have gone elsewhere.
    if (typed() !== begun) return close();
    const end = box.selectionStart;
    box.setRangeText(`${name} `, end - begun.length, end, 'end');
    close();
    box.dispatchEvent(new Event('input'));
  }

  box.addEventListener('input', look);
  box.addEventListener('blur', close);
  list.addEventListener('pointerdown', (event) => {
    // The box keeps the keyboard.
    event.preventDefault();
    const option = /** @type {HTMLElement} */ (event.target).closest('[role=option]');
    if (option) take(option.textContent);
  });

  return ({ key }) => {
    if (list.hidden) return false;
    if (key === 'ArrowDown') choose(at + 1);
    else if (key === 'ArrowUp') choose(at - 1);
    else if (key === 'Enter' || key === 'Tab') take(list.children[at].textContent);
    else if (key === 'Escape') close();
    else return false;
    return true;
  };
}
