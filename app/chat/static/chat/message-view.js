import { clone, fill, need } from './page-data.js';
import { initials } from './text.js';
import { uploadView } from './upload-view.js';

const HUES = 8;
/** Of a message that is quoted so much is shown. */
const QUOTED = 200;

/** Draws the rows of the list. The markup is in the page's templates; this fills it in. */
export class MessageView {
  /** @type {WeakMap<HTMLElement, string>} what each body shows */
  #shown = new WeakMap();

  /**
   * @param {Record<string, string>} strings
   * @param {Dates} dates
   * @param {User} me
   * @param {string} address  of a message, without its seq
   */
  constructor(strings, dates, me, address) {
    this.strings = strings;
    this.dates = dates;
    this.me = me;
    this.address = address;
  }

  /** @param {Row} row */
  create(row) {
    const element = clone(row.type === 'message' ? 'message' : 'line');
    this.update(element, row);
    return element;
  }

  /** @param {HTMLElement} element  @param {Row} row */
  update(element, row) {
    const { type, at, item } = row;
    if (item && type === 'message') {
      this.#message(/** @type {HTMLElement} */ (element.firstElementChild), row, item);
      return;
    }
    const line = item?.event ? noteOf(this.strings, item.event) : this.dates.day(at);
    const say = type === 'new' ? this.strings.new_line : line;
    const text = need('.text', element);
    if (text.textContent === say) return;
    element.classList.add(type);
    text.textContent = say;
  }

  /** @param {HTMLElement} element  @param {Row} row  @param {Item} item */
  #message(element, { at, first }, { key, seq, by, mine, message, post, quote, writes = [] }) {
    const parts = ['.disc', '.author', '.when', 'time', '.sending', '.trouble', '.reason', '.edited', '.body'];
    const [disc, author, when, time, sending, trouble, reason, edited, body] = parts.map((part) => need(part, element));
    const failed = writes.find(({ state }) => state === 'failed') ?? (post?.state === 'failed' ? post : undefined);
    const write = failed ?? writes.find(({ kind }) => kind !== 'react') ?? post;
    const state = write?.state ?? 'delivered';
    element.classList.toggle('first', !!first);
    element.classList.toggle('mine', mine);
    element.classList.toggle('to-me', !!message?.mentions?.includes(this.me.id));
    Object.assign(element.dataset, { key, state });
    if (seq) element.dataset.seq = String(seq);
    face(disc, by);
    author.textContent = by.name;
    time.textContent = this.dates.time(at);
    time.title = this.dates.moment(at);
    if (seq) when.setAttribute('href', `${this.address}${seq}`);
    this.#body(body, message, post);
    this.#quote(need('.quote', element), message?.reply_to ?? post?.reply_to, quote);
    this.#uploads(need('.uploads', element), message?.uploads ?? post?.uploads ?? []);
    this.#reactions(need('.reactions', element), message?.reactions ?? []);
    edited.hidden = !message?.edited_at;
    if (message?.edited_at) edited.title = this.dates.moment(Date.parse(message.edited_at));
    sending.hidden = state !== 'queued' && state !== 'sent';
    trouble.hidden = !failed;
    trouble.dataset.id = failed?.client_id;
    const why = this.strings[`failed_${message?.deleted ? 'gone' : failed?.code}`] ?? this.strings.failed_other;
    reason.textContent = fill(this.strings[`not_${failed?.kind ?? 'post'}`], { why });
    element.ariaLabel = `${by.name}, ${time.title}: ${firstOf(message?.deleted ? this.strings.deleted : body.textContent)}`;
  }

  /** @param {HTMLElement} body  @param {Message} [message]  @param {Post} [post] */
  #body(body, message, post) {
    const text = message?.deleted ? this.strings.deleted : (message?.body ?? post?.body ?? '');
    body.classList.toggle('plain', !message?.html);
    body.classList.toggle('gone', !!message?.deleted);
    body.hidden = !text;
    // A reaction changes nothing here: what was marked, or scrolled sideways, stays so.
    const shown = message?.html || text;
    if (this.#shown.get(body) === shown) return;
    this.#shown.set(body, shown);
    if (message?.html) body.innerHTML = shown; // cleaned by the server
    else body.textContent = shown;
    // Wide code scrolls sideways; the keyboard must get there too.
    for (const code of body.querySelectorAll('pre')) code.tabIndex = 0;
    for (const named of body.querySelectorAll(`[data-user="${this.me.id}"]`)) named.classList.add('own');
  }

  /** @param {HTMLElement} button  @param {number | null | undefined} to  @param {Message} [quote] */
  #quote(button, to, quote) {
    button.hidden = !to;
    button.dataset.to = String(to);
    need('.who', button).textContent = quote?.by.name ?? '';
    const text = quote?.deleted ? this.strings.deleted : textOf(quote);
    need('.what', button).textContent = firstOf(text ?? '…');
  }

  /** @param {HTMLElement} box  @param {any[]} uploads */
  #uploads(box, uploads) {
    const ids = uploads.map(({ id }) => id).join();
    if ((box.dataset.ids ?? '') === ids) return;
    box.dataset.ids = ids;
    box.replaceChildren(...uploads.map(uploadView));
  }

  /** Those that stay keep their place, and the keyboard's.  @param {HTMLElement} box  @param {Reaction[]} reactions */
  #reactions(box, reactions) {
    const drawn = /** @type {HTMLElement[]} */ ([...box.children]);
    for (const chip of drawn) {
      if (reactions.some(({ emoji }) => emoji === chip.dataset.emoji)) continue;
      if (chip === document.activeElement) /** @type {HTMLElement} */ (box.parentElement).focus();
      chip.remove();
    }
    for (const { emoji, users } of reactions) {
      const chip = drawn.find(({ dataset }) => dataset.emoji === emoji) ?? box.appendChild(clone('reaction'));
      const names = users.map(({ name }) => name).join(', ');
      chip.dataset.emoji = emoji;
      chip.title = names;
      chip.ariaLabel = `${emoji} ${users.length}: ${names}`;
      chip.ariaPressed = String(users.some(({ id }) => id === this.me.id));
      need('.emoji', chip).textContent = emoji;
      need('.count', chip).textContent = String(users.length);
    }
  }
}

/**
 * What an event is called in the list and read out as; nothing for a kind we do not know.
 *
 * @param {Record<string, string>} strings
 * @param {RoomEvent} event
 */
export function noteOf(strings, { kind, by, data }) {
  const { name } = data.user ?? by;
  const { archived = data.archived } = data.was ?? {};
  const filed = data.archived ? 'room_archived' : 'room_reopened';
  const say = archived === data.archived ? kind.replace('.', '_') : filed;
  return fill(strings[say] ?? '', { name, by: by.name, room: data.name, text: textOf(data) });
}

/** What a message says, or what its first file is called.  @param {any} [message] */
export const textOf = (message) => message?.body || message?.uploads?.[0]?.name;

/** What a text begins with.  @param {string | null} [text] */
export function firstOf(text) {
  return (text ?? '').trim().split('\n', 1)[0].slice(0, QUOTED);
}

/** @param {HTMLElement} disc  @param {User} user */
export function face(disc, { id, name, picture }) {
  disc.dataset.hue = String(id % HUES);
  if (!picture) disc.textContent = initials(name);
  else if (disc.querySelector('img')?.getAttribute('src') !== picture) {
    const image = new Image();
    Object.assign(image, { src: picture, alt: '' });
    disc.replaceChildren(image);
  }
}
