import { messageAt, messagesPage } from './api.js';
import { need } from './page-data.js';

/**
 * The pages around the window that the picture holds, each asked for when the reader comes near it. One is on its
 * way at a time.
 *
 * @param {object} options
 * @param {string} options.room
 * @param {Picture} options.picture
 * @param {Timeline} options.timeline
 * @param {HTMLElement} options.main
 * @param {() => void} options.draw
 */
export function pages({ room, picture, timeline, main, draw }) {
  /** @type {Promise<unknown>} */
  let busy = Promise.resolve();
  /** How often the picture was started afresh: a page of before has no place in it any more. */
  let times = 0;
  /** @type {Set<number>} */
  const asked = new Set();

  /**
   * @param {() => {before?: number, after?: number, around?: number}} which  asked when the one before it has come
   * @param {(page: Page) => void} take
   */
  function load(which, take) {
    const loading = busy.then(async () => {
      const before = times;
      const page = await messagesPage(room, which());
      if (before !== times) return;
      take(page);
      draw();
    });
    busy = loading.catch(() => {});
    return loading;
  }

  const ways = [
    morePages(timeline.scroller, need('#older', main), () => picture.more, () => load(() => ({ before: picture.oldest }), (page) => {
      picture.prepend(page);
      picture.trim(false);
    })),
    morePages(timeline.scroller, need('#newer', main), () => picture.newer, () => load(() => ({ after: picture.newest }), (page) => {
      picture.append(page);
      picture.trim(true);
    })),
  ];

  return {
    /** The room was drawn anew: are there more pages, or quotes to fetch? */
    look() {
      for (const way of ways) way.refresh();
      for (const seq of picture.wanted) {
        if (asked.has(seq)) continue;
        asked.add(seq);
        const { seq: known } = picture;
        messageAt(room, seq).then((message) => {
          picture.quote(message, known);
          draw();
        }, () => asked.delete(seq));
      }
    },
    /** A page to begin afresh with.  @param {Page} page */
    start(page) {
      times += 1;
      asked.clear();
      picture.load(page);
      draw();
    },
    /** @param {number} [around]  a seq; left out: the newest page */
    async jump(around) {
      await load(() => ({ around }), (page) => this.start(page));
    },
    close() {
      times += 1;
      for (const way of ways) way.close();
    },
  };
}

/**
 * Loads more when that end of the list comes near, or the button is pressed.
 *
 * @param {HTMLElement} scroller
 * @param {HTMLElement} box  at the end of the list: the button, and a line for trouble
 * @param {() => boolean} more  whether there is anything beyond
 * @param {() => Promise<unknown>} load
 * @returns {{refresh: () => void, close: () => void}} refresh: to be called when what is loaded changed
 */
function morePages(scroller, box, more, load) {
  const button = need('button', box);
  const trouble = need('[role=alert]', box);
  let loading = false;

  const watch = new IntersectionObserver(
    ([seen]) => seen.isIntersecting && trouble.hidden && run(),
    { root: scroller, rootMargin: '400px 0px' },
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
    if (!box.hidden) watch.observe(box);
  }

  button.onclick = run;
  return { refresh, close: () => watch.disconnect() };
}
