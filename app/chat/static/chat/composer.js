import { completion } from './mentions.js';
import { firstOf, textOf } from './message-view.js';
import { fill, need } from './page-data.js';
import { countCharacters, LONGEST, tidy } from './text.js';

/** From this many characters on the counter is shown. */
const COUNT_FROM = 3800;

/** @type {Record<string, [about: Message | null, edits: boolean, text: string]>} how the boxes of other rooms were left */
const begun = {};

/**
 * The box in which a message is written, answered or changed. What was begun waits for this tab to come back to the room.
 *
 * @param {object} options
 * @param {HTMLElement} options.form
 * @param {Record<string, string>} options.strings
 * @param {string} options.draft  under this name what was begun is kept
 * @param {() => Promise<User[]>} options.people  whom one can name
 * @param {{uploads: any[], busy: boolean, clear: () => void}} options.files  what was brought
 * @param {() => void} options.onTyping
 * @param {(body: string, more: {reply_to?: number, uploads?: any[]}) => void} options.onPost
 * @param {(seq: number, body: string) => void} options.onEdit
 * @param {() => void} options.onLast  wants to change what was said last
 */
export function composer({ form, strings, draft, people, files, onTyping, onPost, onEdit, onLast }) {
  const box = /** @type {HTMLTextAreaElement} */ (need('textarea', form));
  const send = /** @type {HTMLButtonElement} */ (need('.send', form));
  const counter = need('.counter', form);
  const banner = need('.mode', form);
  // A phone's keyboard has no Shift+Enter: there Enter starts a line, and the button sends.
  const enterSends = !matchMedia('(hover: none) and (pointer: coarse)').matches;
  const grows = CSS.supports('field-sizing', 'content');
  const completes = completion(box, need('#mentions', form), people);
  /** @type {Message | null} what is answered, or changed */
  let about = null;
  let edits = false;

  function look() {
    const count = countCharacters(tidy(box.value));
    const left = LONGEST - count;
    const nothing = count === 0 && !(edits ? about : files)?.uploads?.length;
    send.disabled = nothing || left < 0 || (!edits && files.busy);
    box.ariaInvalid = String(left < 0);
    const remark = left < 0 ? strings.too_many : strings.left;
    counter.textContent = count < COUNT_FROM ? '' : fill(remark, { count: Math.abs(left) });
    if (!grows) box.rows = Math.min(8, box.value.split('\n').length);
    begun[draft] = [about, edits, box.value];
    if (!edits) sessionStorage.setItem(draft, box.value);
  }

  /** @param {string} text */
  function write(text) {
    box.value = text;
    look();
    box.focus();
  }

  /** @param {Message | null} message  @param {boolean} [changes]  rather than answers */
  function turn(message, changes = false) {
    if (edits && !changes) box.value = sessionStorage.getItem(draft) ?? '';
    about = message;
    edits = changes;
    banner.hidden = !message;
    const text = firstOf(textOf(message));
    if (message) need('.text', banner).textContent = fill(strings[edits ? 'editing' : 'replying'], { name: message.by.name, text });
    write(message && edits ? message.body : box.value);
  }

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    if (send.disabled) return;
    const body = tidy(box.value);
    const message = about;
    if (message && edits) {
      turn(null);
      if (body !== message.body) onEdit(message.seq, body);
      return;
    }
    const { uploads } = files;
    onPost(body, { ...(message && { reply_to: message.seq }), ...(uploads.length && { uploads }) });
    files.clear();
    box.value = '';
    turn(null);
  }

  box.addEventListener('input', () => {
    look();
    if (!send.disabled && !edits) onTyping();
  });
  box.addEventListener('keydown', (event) => {
    // An Enter that ends an input method's composition is part of the text.
    if (event.isComposing) return;
    const { key } = event;
    const bare = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (bare && completes(event)) event.preventDefault();
    else if (key === 'Enter' && !event.shiftKey && enterSends) submit(event);
    else if (key === 'Escape' && about) turn(null);
    else if (key === 'ArrowUp' && bare && !box.value && !edits) {
      event.preventDefault();
      onLast();
    } else return;
    // Nothing of this is for the page as well.
    event.stopPropagation();
  });
  form.addEventListener('submit', submit);
  need('button', banner).addEventListener('click', () => turn(null));
  const [message, changes, text = sessionStorage.getItem(draft) ?? ''] = begun[draft] ?? [];
  if (message) turn(message, changes);
  box.value = text;
  look();
  return {
    look,
    turn,
    focus: () => box.focus(),
    /** On a phone, where the keyboard would cover what was said, one begins by a tap. */
    enter: () => enterSends && box.focus(),
  };
}
