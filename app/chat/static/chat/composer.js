import { countCharacters, fill, LONGEST, tidy } from './text.js';

/** From this many characters on the counter is shown. */
const COUNT_FROM = 3800;

/**
 * The box in which a message is written.
 *
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} strings
 * @param {(body: string) => void} onPost
 */
export function composer(form, strings, onPost) {
  const box = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem('body'));
  const send = /** @type {HTMLButtonElement} */ (form.querySelector('.send'));
  const counter = /** @type {HTMLElement} */ (form.querySelector('.counter'));
  // A phone's keyboard has no Shift+Enter: there Enter starts a line, and the button sends.
  const enterSends = !matchMedia('(hover: none) and (pointer: coarse)').matches;
  const grows = CSS.supports('field-sizing', 'content');

  function look() {
    const count = countCharacters(tidy(box.value));
    const over = count > LONGEST;
    send.disabled = count === 0 || over;
    box.setAttribute('aria-invalid', String(over));
    counter.textContent = count < COUNT_FROM ? '' : remark(LONGEST - count);
    counter.classList.toggle('over', over);
    if (!grows) box.rows = Math.min(8, box.value.split('\n').length);
  }

  /** @param {number} left */
  function remark(left) {
    return fill(left < 0 ? strings.too_many : strings.left, { count: Math.abs(left) });
  }

  function submit() {
    if (send.disabled || box.disabled) return;
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
    if (!plain || !enterSends) return;
    event.preventDefault();
    submit();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  look();
}
