import { need } from './page-data.js';

/**
 * The keys that work beside any room.
 *
 * @param {HTMLDialogElement} switcher
 * @param {() => HTMLElement[]} rooms  the links to them
 */
export function keys(switcher, rooms) {
  const help = /** @type {HTMLDialogElement} */ (need('#help'));

  /** To the next room that way round, or the next with something new.  @param {number} way  @param {boolean} news */
  function step(way, news) {
    const all = rooms();
    const here = all.findIndex((link) => link.ariaCurrent) + 1;
    const round = [...all.slice(here), ...all.slice(0, here)];
    if (way < 0) round.reverse().push(/** @type {HTMLElement} */ (round.shift()));
    round.find((link) => !link.ariaCurrent && (!news || link.dataset.unread !== '0'))?.click();
  }

  addEventListener('keydown', (event) => {
    const { key, altKey, shiftKey, target } = event;
    const way = { ArrowUp: -1, ArrowDown: 1 }[key];
    const typing = /** @type {HTMLElement} */ (target).matches('input, textarea, select');
    if ((event.ctrlKey || event.metaKey) && key === 'k') switcher.open ? switcher.close() : switcher.showModal();
    else if (key === '?' && !typing) help.showModal();
    else if (altKey && way) step(way, shiftKey);
    else return;
    event.preventDefault();
  });
}
