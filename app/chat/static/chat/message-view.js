import { need } from './page-data.js';
import { fill, initials } from './text.js';


const HUES = 8;

/** Draws the rows of the list. The markup is in the page's templates; this fills it in. */
export class MessageView {
  /**
   * @param {Record<string, string>} strings
   * @param {ReturnType<typeof import('./dates.js').dates>} dates
   * @param {(event: RoomEvent) => string} noteOf
   */
  constructor(strings, dates, noteOf) {
    this.strings = strings;
    this.dates = dates;
    this.noteOf = noteOf;
  }

  /** @param {Row} row */
  create(row) {
    const id = row.type === 'message' ? '#message-template' : '#line-template';
    const template = /** @type {HTMLTemplateElement} */ (need(id));
    const element = template.content.firstElementChild?.cloneNode(true);
    return this.update(/** @type {HTMLElement} */ (element), row);
  }

  /** @param {HTMLElement} element  @param {Row} row */
  update(element, row) {
    if (row.item && row.type === 'message') this.#message(element, row, row.item);
    else this.#line(element, row);
    return element;
  }

  /** @param {HTMLElement} element  @param {Row} row */
  #line(element, row) {
    const { item, type, at } = row;
    element.className = `line ${type}`;
    need('.text', element).textContent = item?.event ? this.noteOf(item.event) : this.dates.day(at);
  }

  /** @param {HTMLElement} element  @param {Row} row  @param {Item} item */
  #message(element, row, { by, mine, message, post, key }) {
    const state = post && post.state !== 'delivered' ? post.state : 'settled';
    element.classList.toggle('first', row.first);
    element.classList.toggle('mine', mine);
    element.dataset.state = state;
    element.dataset.key = key;
    need('.disc', element).textContent = initials(by.name);
    need('.disc', element).dataset.hue = String(by.id % HUES);
    need('.author', element).textContent = by.name;
    const time = /** @type {HTMLTimeElement} */ (need('time', element));
    time.dateTime = new Date(row.at).toISOString();
    time.textContent = this.dates.time(row.at);
    time.title = this.dates.moment(row.at);
    this.#body(need('.body', element), message, post);
    need('.sending', element).hidden = state === 'settled' || state === 'failed';
    need('.trouble', element).hidden = state !== 'failed';
    need('.reason', element).textContent = this.#reason(post?.code);
  }

  /**
   * @param {HTMLElement} body
   * @param {Message} [message]
   * @param {Post} [post]
   */
  #body(body, message, post) {
    body.classList.toggle('plain', !message || !!message.deleted);
    if (message?.deleted) body.textContent = this.strings.deleted;
    else if (message) body.innerHTML = message.html; // cleaned by the server (nh3)
    else body.textContent = post?.body ?? '';
  }

  /** @param {string} [code] */
  #reason(code = 'other') {
    const why = this.strings[`failed_${code}`] ?? this.strings.failed_other;
    return fill(this.strings.not_sent, { why });
  }
}
