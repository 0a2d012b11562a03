import { fill, need } from './page-data.js';

/**
 * Says quietly how the connection stands, in whichever room is open.
 *
 * @param {Record<string, string>} strings
 * @param {() => State} now
 * @returns {() => void} to be called when it changed
 */
export function connectionStatus(strings, now) {
  function show() {
    const element = /** @type {HTMLElement | null} */ (document.querySelector('#status'));
    if (!element) return;
    const { name, via = '', offline, until = 0 } = now();
    const state = offline ? 'offline' : name;
    const say = strings[`status_${state}`];
    const text = need('.text', element);
    if (text.textContent !== say) text.textContent = say;
    Object.assign(element.dataset, { state, via });
    const seconds = Math.ceil((until - Date.now()) / 1000);
    const countdown = seconds > 0 && !offline ? fill(strings.in_seconds, { seconds }) : '';
    need('.countdown', element).textContent = countdown;
  }

  setInterval(() => now().name === 'waiting' && show(), 1000);
  return show;
}

/** What keeps the person from taking part takes the place of all that one writes with.  @param {string} [reason] */
export function showFace(reason) {
  const faces = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[data-reason]')]);
  const known = faces.some((face) => face.dataset.reason === reason);
  const wanted = reason && (known ? reason : 'removed');
  for (const face of faces) face.hidden = face.dataset.reason !== wanted;
  need('.foot').classList.toggle('faced', !!wanted);
}
