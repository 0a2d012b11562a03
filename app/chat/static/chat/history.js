import { need } from './page-data.js';

/**
 * Loads older pages when the top of the list comes into sight, or the button is pressed.
 *
 * @param {HTMLElement} scroller
 * @param {HTMLElement} box  above the list: the button, and a line for trouble
 * @param {() => boolean} more  whether there is anything older
 * @param {() => Promise<void>} load
 * @returns {() => void} to be called when what is loaded changed from outside
 */
export function olderPages(scroller, box, more, load) {
  const button = need('button', box);
  const trouble = need('[role=alert]', box);
  let loading = false;

  const watch = new IntersectionObserver(
    ([seen]) => seen.isIntersecting && trouble.hidden && run(),
    { root: scroller, rootMargin: '400px 0px 0px' },
  );

  async function run() {
    if (loading || !more()) return;
    loading = true;
    trouble.hidden = true;
    await load().catch(() => (trouble.hidden = false));
    loading = false;
    refresh();
  }

  function refresh() {
    box.hidden = !more();
    // An observer speaks of changes: a box that stayed in sight is asked about again.
    watch.unobserve(box);
    watch.observe(box);
  }

  button.addEventListener('click', run);
  refresh();
  return refresh;
}
