import { noteOf } from './message-view.js';
import { fill, need } from './page-data.js';

/** One tab tells of a room; the others, which hear of it within so long, keep quiet. */
const TOLD_FOR = 3000;

/** What tells of news to somebody who looks elsewhere: the title of the tab, a sound, the desktop. */
export class Notices {
  /** Messages that came into the open room while the page was hidden. */
  #missed = 0;
  /** @type {Set<string>} of what this tab tells at the moment */
  #telling = new Set();

  /** @param {Record<string, string>} strings  @param {Sidebar} sidebar */
  constructor(strings, sidebar) {
    this.strings = strings;
    this.sidebar = sidebar;
    setting('sound', chime);
    setting('desktop', async () => (need('#desktop-refused').hidden = (await globalThis.Notification?.requestPermission()) === 'granted'));
    addEventListener('visibilitychange', () => document.hidden || this.look());
  }

  /** The open room is looked at. */
  look() {
    this.#missed = 0;
    this.count();
  }

  /** In the title, and at the app's icon. */
  count() {
    const total = this.sidebar.total + this.#missed;
    document.title = (total ? `(${total}) ` : '') + document.title.replace(/^\(\d+\) /, '');
    navigator.setAppBadge?.(total).catch(() => {});
  }

  /** What happened in the open room.  @param {RoomEvent[]} events  @param {number} me */
  heard(events, me) {
    const link = this.sidebar.link();
    const notify = link?.dataset.notify;
    const news = events.filter(({ kind, by, data }) => kind === 'message.posted' && by.id !== me
      && (notify === 'everything' || (notify === 'mentions' && data.mentions?.includes(me))));
    const last = news.at(-1);
    if (link && last) {
      if (document.hidden) this.#missed += news.length;
      this.#tell(link, noteOf(this.strings, last), document.hidden);
    }
    this.count();
  }

  /** Something is new in another room.  @param {HTMLAnchorElement} link */
  elsewhere(link) {
    this.#tell(link, fill(this.strings.unread, /** @type {any} */ (link.dataset)), true);
  }

  /**
   * In one tab of all, and in none where one shows it to the person.
   *
   * @param {HTMLAnchorElement} link
   * @param {string} body
   * @param {boolean} aloud
   */
  #tell(link, body, aloud) {
    const tag = `tertulia-${link.dataset.room}`;
    const tell = () => aloud && show(link, body, tag);
    if (!navigator.locks || this.#telling.has(tag)) tell();
    else navigator.locks.request(tag, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      this.#telling.add(tag);
      tell();
      await new Promise((done) => setTimeout(done, TOLD_FOR));
      this.#telling.delete(tag);
    });
  }
}

/** @param {HTMLAnchorElement} link  @param {string} body  @param {string} tag */
function show(link, body, tag) {
  if (localStorage.sound) chime();
  if (!localStorage.desktop || Notification.permission !== 'granted') return;
  const notice = new Notification(need('.name', link).innerText.trim(), { body: body.slice(0, 200), tag });
  notice.onclick = () => {
    focus();
    notice.close();
    location.href = link.href;
  };
}

/** A soft tone that fades away. */
function chime() {
  const audio = new AudioContext();
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  volume.gain.setValueAtTime(0.1, 0);
  volume.gain.exponentialRampToValueAtTime(0.001, 0.6);
  tone.frequency.value = 660;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(0.6);
  tone.onended = () => audio.close();
  return true;
}

/** A switch in the menu, kept on this device.  @param {string} name  @param {() => boolean | Promise<boolean>} allowed */
function setting(name, allowed) {
  const box = /** @type {HTMLInputElement} */ (need(`[name=${name}]`));
  box.checked = !!localStorage[name];
  box.onchange = async () => {
    box.checked = box.checked && (await allowed());
    localStorage[name] = box.checked ? 1 : '';
  };
}
