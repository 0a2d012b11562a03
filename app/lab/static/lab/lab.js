import { language, need, pageData } from '../chat/page-data.js';
import { treeItems } from './tree.js';

/** The list of frames forgets what is older. */
const KEPT = 100;

const strings = pageData('lab-strings');
const frames = need('#frames');
const list = need('ol', frames);
const clock = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
const forms = /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll('form[data-type]'));
/** @type {WebSocket} */
let socket;

function open() {
  socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws/lab/`);
  stand(strings.opening);
  socket.onopen = () => stand(strings.open);
  socket.onclose = ({ code }) => stand(strings.closed.replace('{code}', code));
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    note('in', frame);
    if (frame.type === 'scope') need('#scope').replaceChildren(...treeItems(frame.scope, strings));
  };
}

/** @param {string} text */
function stand(text) {
  const isOpen = socket.readyState === WebSocket.OPEN;
  need('#wire .text').textContent = text;
  need('#wire').classList.toggle('open', isOpen);
  need('#open-again').hidden = socket.readyState !== WebSocket.CLOSED;
  for (const form of forms) need('button', form).toggleAttribute('disabled', !isOpen);
}

/** @param {'in'|'out'} direction  @param {unknown} frame */
function note(direction, frame) {
  const item = document.createElement('li');
  item.className = direction;
  const parts = { b: strings[direction], time: clock.format(), code: JSON.stringify(frame) };
  for (const [tag, text] of Object.entries(parts)) {
    item.appendChild(document.createElement(tag)).textContent = text;
  }
  list.append(item);
  if (list.childElementCount > KEPT) list.firstElementChild?.remove();
  frames.scrollTop = frames.scrollHeight;
}

for (const form of forms) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const frame = { type: form.dataset.type, message: new FormData(form).get('message') };
    socket.send(JSON.stringify(frame));
    note('out', frame);
  });
}
need('#open-again').addEventListener('click', open);
open();
