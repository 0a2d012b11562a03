import { face } from './message-view.js';
import { clone, fill, language, need } from './page-data.js';

/**
 * Shows who is in the room, and how many.
 *
 * @param {HTMLElement} element  of chat/here.html
 * @returns {(users: User[], count: number) => void}
 */
export function whoIsHere(element) {
  const [button, number, list, more] = ['button', '.count', 'ul', '.help'].map((part) => need(part, element));
  return (users, count) => {
    button.hidden = false;
    number.textContent = `${count}`;
    more.hidden = count <= users.length;
    list.replaceChildren(...users.map(row));
  };
}

/** @param {User} user */
function row(user) {
  const element = clone('person');
  face(need('.disc', element), user);
  need('.name', element).textContent = user.name;
  return element;
}

/**
 * Says who types.
 *
 * @param {HTMLElement} element  of chat/typing.html
 * @param {Record<string, string>} strings
 * @returns {(users: User[]) => void}
 */
export function whoTypes(element, strings) {
  const list = new Intl.ListFormat(language);
  return (users) => {
    const names = list.format(users.map(({ name }) => name));
    element.textContent = names && fill(users[1] ? strings.typing_some : strings.typing_one, { names });
  };
}
