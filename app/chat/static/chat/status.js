import { need } from './page-data.js';
import { fill } from './text.js';

/**
 * Says quietly how the connection stands.
 *
 * @param {HTMLElement} element  with a .text that is read out and a .countdown that is not
 * @param {Record<string, string>} strings
 * @returns {(state: State) => void}
 */
export function connectionStatus(element, strings) {
  const text = need('.text', element);
  const countdown = need('.countdown', element);
  /** @type {State} */
  let state = { name: 'connecting' };

  function show() {
    const { name, offline, until = 0 } = state;
    const say = strings[`status_${offline ? 'offline' : name}`];
    if (text.textContent !== say) text.textContent = say;
    element.dataset.state = name;
    element.dataset.via = state.via ?? '';
    const seconds = Math.ceil((until - Date.now()) / 1000);
    countdown.textContent = seconds > 0 && !offline ? fill(strings.in_seconds, { seconds }) : '';
  }

  setInterval(() => state.name === 'waiting' && show(), 1000);
  return (now) => {
    state = now;
    show();
  };
}
