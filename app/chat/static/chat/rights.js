import { fill, need } from './page-data.js';

const YEARS = 50 * 365 * 86_400_000;
/** The longest that a timer can wait. */
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * What the person may do in the room: offered is only that. Who may only read is told why, in place of the composer.
 *
 * @param {object} options
 * @param {HTMLElement} options.main
 * @param {Record<string, string>} options.strings
 * @param {Dates} options.clock
 * @param {any} options.data  the page's
 */
export function rights({ main, strings, clock, data }) {
  let { role, muted_until } = data.me;
  let { archived } = data.room;
  let readOnly = false;
  /** @type {any} */
  let timer;

  function look() {
    const left = Date.parse(muted_until) - Date.now();
    const muted = left < YEARS ? strings.muted_until : strings.muted;
    let why = '';
    if (archived) why = strings.archived;
    else if (left > 0) why = fill(muted, { time: clock.moment(Date.parse(muted_until)) });
    readOnly = !!why;
    main.classList.toggle('read-only', readOnly);
    need('#read-only').textContent = why;
    clearTimeout(timer);
    if (left > 0) timer = setTimeout(look, Math.min(left, LONGEST_WAIT));
  }

  look();
  return {
    /** @param {RoomEvent} event */
    apply({ kind, data: news }) {
      if (kind === 'room.updated') ({ archived } = /** @type {any} */ (news));
      else if (kind === 'member.changed' && news.user.id === data.user.id) ({ role, muted_until } = /** @type {any} */ (news));
      else return;
      look();
    },
    /** @param {{role: string, muted_until: string | null, archived: boolean}} now */
    become(now) {
      ({ role, muted_until, archived } = now);
      look();
    },
    /** @param {string} act  @param {Partial<Item>} item */
    may(act, { message, mine }) {
      if (act === 'link') return !!message;
      if (!message || message.deleted) return false;
      const keepsOrder = role !== 'member' && !(Date.parse(muted_until) > Date.now());
      if (act === 'delete' && keepsOrder) return true;
      return !readOnly && (!!mine || (act !== 'edit' && act !== 'delete'));
    },
    close: () => clearTimeout(timer),
  };
}
