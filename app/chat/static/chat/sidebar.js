import { fill, need } from './page-data.js';

/** The list of my rooms beside the one that is open: the server draws it, this keeps the counts true. */
export class Sidebar {
  #open = '';
  /** @type {Unread[] | null} what arrives while the list is on its way, and may be newer than it */
  #arrived = null;

  /**
   * @param {Record<string, string>} strings
   * @param {() => void} onChange
   * @param {(link: HTMLAnchorElement) => void} onMore  there is more of what is wanted of a room that is not open
   */
  constructor(strings, onChange, onMore) {
    this.strings = strings;
    this.onChange = onChange;
    this.onMore = onMore;
  }

  /** All of them, in order. */
  get links() {
    return /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll('#room-lists [data-room]')]);
  }

  /** @param {string} [room]  left out: the one that is open */
  link(room = this.#open) {
    return this.links.find((link) => link.dataset.room === room);
  }

  /** How much is new in the other rooms, of what the person wants to be told of. */
  get total() {
    return this.links.reduce((sum, link) => sum + (link === this.link() ? 0 : wanted(link)), 0);
  }

  /** @param {string} room */
  enter(room) {
    this.#open = room;
    this.mark();
    // Nothing is told of the one that is open; the switcher shows its count, too.
    this.take({ room, unread: 0, mentions: 0 });
  }

  /** Shows which one is open, or on its way.  @param {string} [room] */
  mark(room) {
    for (const link of this.links) link.ariaCurrent = link === this.link(room) ? 'page' : null;
    this.onChange();
  }

  /** @param {Unread} news */
  take(news) {
    this.#arrived?.push(news);
    const link = this.link(news.room);
    if (!link) {
      this.refresh();
      return;
    }
    const before = wanted(link);
    const { unread, mentions } = news;
    Object.assign(link.dataset, { unread, mentions });
    need('.badge', link).hidden = !unread;
    need('.count', link).textContent = mentions ? `@${mentions}` : unread > 99 ? '99+' : String(unread);
    need('.badge > .unseen-text', link).textContent = fill(this.strings.unread, { unread, mentions });
    this.onChange();
    this.#compare(link, before);
  }

  /** Asks the server for the list as it is now. */
  async refresh() {
    /** @type {Unread[]} */
    const arrived = (this.#arrived = []);
    const answer = await fetch('/sidebar/', { redirect: 'error' }).catch(() => null);
    const html = answer?.ok && (await answer.text());
    // The one that was asked for last knows more.
    if (this.#arrived !== arrived) return;
    this.#arrived = null;
    const before = new Map(this.links.map((link) => [link.dataset.room, wanted(link)]));
    if (html) this.replace(html);
    for (const link of this.links) this.#compare(link, before.get(link.dataset.room));
    for (const news of arrived) if (this.link(news.room)) this.take(news);
  }

  /** @param {HTMLAnchorElement} link  @param {number} [before]  what was wanted of it */
  #compare(link, before = 0) {
    if (link !== this.link() && wanted(link) > before) this.onMore(link);
  }

  /** @param {string} html */
  replace(html) {
    need('#room-lists').innerHTML = html;
    this.mark();
  }
}

/** @param {HTMLElement} link */
function wanted({ dataset: { notify = '', unread, mentions } }) {
  return Number({ everything: unread, mentions }[notify] ?? 0);
}
