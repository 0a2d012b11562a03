import { layout } from './layout.js';

/** This near to the end counts as being there, in pixels. */
const NEAR = 60;

/** The list of messages on the page: draws what changed, and keeps the reader's place. */
export class Timeline {
  /** @type {Map<string, {element: HTMLElement, row: Row}>} */
  #drawn = new Map();
  #resized;
  /** Whether the list reaches to the newest message. */
  #live = true;
  atEnd = true;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} list
   * @param {RowView} view
   * @param {() => void} onMove  the reader came to the end of the list, or left it
   */
  constructor(scroller, list, view, onMove) {
    this.scroller = scroller;
    this.list = list;
    this.view = view;
    this.onMove = onMove;
    scroller.addEventListener('scroll', () => this.#look(), { passive: true });
    // The phone's keyboard, a growing text box: who was at the end stays there.
    this.#resized = new ResizeObserver(() => this.atEnd && this.toEnd());
    this.#resized.observe(scroller);
  }

  close() {
    this.#resized.disconnect();
  }

  /** Whether the reader is nearer to the end of the list than to its beginning. */
  get isBelow() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollTop * 2 > scrollHeight - clientHeight;
  }

  /**
   * @param {Picture} picture
   * @param {number | null} read  the line of what is new comes after this seq
   * @param {() => void} around  draws what stands before and behind the list
   */
  draw({ items, more, newer }, read, around) {
    const place = this.#topmost();
    this.#live = !newer;
    this.#reconcile(layout(items, this.view.dates.dayKey, read, more));
    around();
    if (this.atEnd && this.#live) this.toEnd();
    else if (place?.element.isConnected) this.#put(place.element, place.offset);
    this.#look();
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#look();
  }

  /** The topmost message in sight and how far below the top it is.  @returns {{seq: number, offset: number} | null} */
  get place() {
    const place = this.#topmost();
    return place && { seq: Number(place.element.dataset.seq), offset: place.offset };
  }

  /** The message that the keyboard begins with.  @returns {HTMLElement | undefined} */
  get inSight() {
    const all = /** @type {NodeListOf<HTMLElement>} */ (this.list.querySelectorAll('.message'));
    return this.#topmost()?.element ?? all[all.length - 1];
  }

  /** @param {number} seq  @returns {HTMLElement | null} the message, or the next one that there is */
  at(seq) {
    const all = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll('[data-seq]')]);
    return all.find(({ dataset }) => Number(dataset.seq) >= seq) ?? all.at(-1) ?? null;
  }

  /** @param {number} seq  @param {number} [offset]  in pixels below the top; left out: in the middle */
  show(seq, offset) {
    const element = this.at(seq);
    if (!element) return null;
    this.atEnd = false;
    this.#put(element, offset ?? (this.scroller.clientHeight - element.clientHeight) / 2);
    this.#look();
    return element;
  }

  /** @param {HTMLElement} element  @param {number} offset */
  #put(element, offset) {
    this.scroller.scrollTop += this.#offset(element) - offset;
  }

  /** @param {Element} element */
  #offset(element) {
    return element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
  }

  /**
   * The topmost message in sight that the room has; where only what waits to be sent is in sight, the last one before;
   * nothing where the reader stays at the end.
   * Lines do not hold a place: that of a day moves up when older messages come in.
   */
  #topmost() {
    if (this.atEnd) return null;
    const all = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll('[data-seq]')]);
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#offset(all[middle]) + all[middle].clientHeight > 0) high = middle;
      else low = middle + 1;
    }
    const element = all[low] ?? all.at(-1);
    return element ? { element, offset: this.#offset(element) } : null;
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const atEnd = this.#live && scrollHeight - scrollTop - clientHeight < NEAR;
    if (atEnd === this.atEnd) return;
    this.atEnd = atEnd;
    this.onMove();
  }

  /** @param {Row[]} rows */
  #reconcile(rows) {
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, { element }] of this.#drawn) {
      if (keys.has(key)) continue;
      // The keyboard's place must not be lost with what is gone.
      if (element.contains(document.activeElement)) this.scroller.focus({ preventScroll: true });
      element.remove();
      this.#drawn.delete(key);
    }
    let place = this.list.firstElementChild;
    for (const row of rows) {
      const element = this.#element(row);
      if (element === place) place = place.nextElementSibling;
      else this.list.insertBefore(element, place);
    }
  }

  /** @param {Row} row  @returns {HTMLElement} */
  #element(row) {
    const drawn = this.#drawn.get(row.key);
    const element = drawn?.element ?? this.view.create(row);
    // The name of a day changes at midnight: "Today" is drawn anew each time.
    const same = row.item && drawn?.row.item === row.item && drawn.row.first === row.first;
    if (drawn && !same) this.view.update(element, row);
    this.#drawn.set(row.key, { element, row });
    return element;
  }
}
