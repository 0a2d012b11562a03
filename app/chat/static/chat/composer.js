import { need } from './page-data.js';
import { countCharacters, fill, LONGEST, tidy } from './text.js';

/** From this many characters on the counter is shown. */
const COUNT_FROM = 3800;

/**
 * The box in which a message is written.
 *
 * @param {HTMLElement} form
 * @param {Record<string, string>} strings
 * @param {(body: string) => void} onPost
 */
export function composer(form, strings, onPost) {
  const box = /** @type {HTMLTextAreaElement} */ (need('textarea', form));
  const send = /** @type {HTMLButtonElement} */ (need('.send', form));
  const counter = need('.counter', form);
  // A phone's keyboard has no Shift+Enter: there Enter starts a line, and the button sends.
  const enterSends = !matchMedia('(hover: none) and (pointer: coarse)').matches;
  const grows = CSS.supports('field-sizing', 'content');

  function look() {
    const count = countCharacters(tidy(box.value));
    const left = LONGEST - count;
    send.disabled = count === 0 || left < 0;
    box.setAttribute('aria-invalid', String(left < 0));
    const remark = left < 0 ? strings.too_many : strings.left;
    counter.textContent = count < COUNT_FROM ? '' : fill(remark, { count: Math.abs(left) });
    counter.classList.toggle('over', left < 0);
    if (!grows) box.rows = Math.min(8, box.value.split('\n').length);
  }

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    if (send.disabled) return;
    const body = tidy(box.value);
    box.value = '';
    look();
    box.focus();
    onPost(body);
  }

  box.addEventListener('input', look);
  box.addEventListener('keydown', (event) => {
    // An Enter that ends an input method's composition is part of the text.
    const plain = event.key === 'Enter' && !event.shiftKey && !event.isComposing;
    if (plain && enterSends) submit(event);
  });
  form.addEventListener('submit', submit);
  look();
}
