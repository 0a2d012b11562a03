import { layout } from './layout.js';

/** This near to the end counts as being there, in pixels. */
const NEAR = 60;

/** The list of messages on the page: draws what changed, and keeps the reader's place. */
export class Timeline {
  /** @type {Map<string, {element: HTMLElement, row: Row}>} */
  #drawn = new Map();
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
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(scroller);
  }

  /** @param {Item[]} items */
  draw(items) {
    this.#reconcile(layout(items, this.view.dates.dayKey));
    if (this.atEnd) this.toEnd();
  }

  /** Draws with something new above what the reader sees.  @param {Item[]} items */
  drawAbove(items) {
    const below = this.scroller.scrollHeight - this.scroller.scrollTop;
    this.#reconcile(layout(items, this.view.dates.dayKey));
    this.scroller.scrollTop = this.scroller.scrollHeight - below;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#look();
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    if (atEnd === this.atEnd) return;
    this.atEnd = atEnd;
    this.onMove();
  }

  /** @param {Row[]} rows */
  #reconcile(rows) {
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, { element }] of this.#drawn) {
      if (keys.has(key)) continue;
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
