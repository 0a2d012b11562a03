import { fill } from './text.js';

/**
 * Says quietly how the connection stands.
 *
 * @param {HTMLElement} element  with a .text that is read out and a .countdown that is not
 * @param {Record<string, string>} strings
 * @returns {(state: State) => void}
 */
export function connectionStatus(element, strings) {
  const text = /** @type {HTMLElement} */ (element.querySelector('.text'));
  const countdown = /** @type {HTMLElement} */ (element.querySelector('.countdown'));
  /** @type {State} */
  let state = { name: 'connecting' };

  function show() {
    const away = state.name === 'waiting' && !navigator.onLine;
    const say = strings[`status_${away ? 'offline' : state.name}`];
    if (text.textContent !== say) text.textContent = say;
    element.dataset.state = state.name;
    const seconds = Math.ceil(((state.until ?? 0) - Date.now()) / 1000);
    const counts = state.name === 'waiting' && !away && seconds > 0;
    countdown.textContent = counts ? fill(strings.in_seconds, { seconds }) : '';
  }

  setInterval(() => state.name === 'waiting' && show(), 1000);
  return (now) => {
    state = now;
    show();
  };
}
