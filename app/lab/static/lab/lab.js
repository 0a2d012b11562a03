import { treeItems } from './tree.js';

/** The list of frames forgets what is older. */
const KEPT = 100;

const strings = JSON.parse(find('#lab-strings').textContent ?? '');
const frames = find('#frames');
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: 'medium' });
/** @type {WebSocket} */
let socket;

open();
find('#open-again').addEventListener('click', open);
for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll('form[data-type]'))) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const frame = { type: form.dataset.type, message: new FormData(form).get('message') };
    socket.send(JSON.stringify(frame));
    note('out', frame);
  });
}

function open() {
  socket = new WebSocket(`${location.protocol.replace('http', 'ws')}//${location.host}/ws/lab/`);
  stand(strings.opening, false);
  socket.onopen = () => stand(strings.open, true);
  socket.onclose = ({ code }) => stand(strings.closed.replace('{code}', code), false);
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    note('in', frame);
    if (frame.type === 'scope') find('#scope').replaceChildren(...treeItems(frame.scope, strings));
  };
}

/** @param {string} text  @param {boolean} isOpen */
function stand(text, isOpen) {
  find('#wire .text').textContent = text;
  find('#wire').classList.toggle('open', isOpen);
  find('#open-again').hidden = socket.readyState !== WebSocket.CLOSED;
  for (const button of document.querySelectorAll('form[data-type] button')) {
    /** @type {HTMLButtonElement} */ (button).disabled = !isOpen;
  }
}

/** @param {'in'|'out'} direction  @param {unknown} frame */
function note(direction, frame) {
  const item = document.createElement('li');
  item.className = direction;
  for (const [tag, text] of [['b', strings[direction]], ['time', clock.format()], ['code', JSON.stringify(frame)]]) {
    item.appendChild(document.createElement(tag)).textContent = text;
  }
  frames.append(item);
  while (frames.childElementCount > KEPT) frames.firstElementChild?.remove();
  frames.scrollTop = frames.scrollHeight;
}

/** @param {string} selector  @returns {HTMLElement} */
function find(selector) {
  const element = document.querySelector(selector);
  if (!element) throw new Error(`The page lacks ${selector}`);
  return /** @type {HTMLElement} */ (element);
}
