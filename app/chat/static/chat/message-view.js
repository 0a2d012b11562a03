import { need } from './page-data.js';
import { fill, initials } from './text.js';

const HUES = 8;

/** Draws the rows of the list. The markup is in the page's templates; this fills it in. */
export class MessageView {
  /**
   * @param {Record<string, string>} strings
   * @param {Dates} dates
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
    const { content } = /** @type {HTMLTemplateElement} */ (need(id));
    const element = /** @type {HTMLElement} */ (need('li', content).cloneNode(true));
    this.update(element, row);
    return element;
  }

  /** @param {HTMLElement} element  @param {Row} row */
  update(element, row) {
    const { type, at, item } = row;
    if (item && type === 'message') {
      this.#message(element, row, item);
      return;
    }
    element.classList.add(type);
    need('.text', element).textContent = item?.event ? this.noteOf(item.event) : this.dates.day(at);
  }

  /** @param {HTMLElement} element  @param {Row} row  @param {Item} item */
  #message(element, { at, first }, { key, by, mine, message, post }) {
    const state = post?.state ?? 'delivered';
    const parts = ['.disc', '.author', 'time', '.sending', '.trouble', '.reason', '.body'];
    const [disc, author, time, sending, trouble, reason, body] = parts.map((part) => need(part, element));
    element.classList.toggle('first', first);
    element.classList.toggle('mine', mine);
    Object.assign(element.dataset, { key, state });
    disc.textContent = initials(by.name);
    disc.dataset.hue = String(by.id % HUES);
    author.textContent = by.name;
    time.textContent = this.dates.time(at);
    time.title = this.dates.moment(at);
    this.#body(body, message, post);
    sending.hidden = state !== 'queued' && state !== 'sent';
    trouble.hidden = state !== 'failed';
    const why = this.strings[`failed_${post?.code}`] ?? this.strings.failed_other;
    reason.textContent = fill(this.strings.not_sent, { why });
  }

  /** @param {HTMLElement} body  @param {Message} [message]  @param {Post} [post] */
  #body(body, message, post) {
    body.classList.toggle('plain', !message || !!message.deleted);
    if (message?.deleted) body.textContent = this.strings.deleted;
    else if (message) body.innerHTML = message.html; // cleaned by the server
    else body.textContent = post?.body ?? '';
    // Wide code scrolls sideways; the keyboard must get there too.
    for (const code of body.querySelectorAll('pre')) code.tabIndex = 0;
  }
}
