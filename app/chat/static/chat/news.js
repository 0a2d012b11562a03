import { need } from './page-data.js';
import { fill } from './text.js';

/**
 * What an event is called in the list and read out as; nothing for a kind we do not know.
 *
 * @param {Record<string, string>} strings
 * @param {RoomEvent} event
 */
export function noteOf(strings, { kind, by, data }) {
  const { name } = data.user ?? by;
  return fill(strings[kind.replace('.', '_')] ?? '', { name, room: data.name, text: data.body });
}

/** Screen readers hear what others did.  @param {string[]} notes */
export function speak(notes) {
  // A long absence is not read out line by line.
  need('#spoken').textContent = notes.slice(-3).join('\n');
}

/** @param {Record<string, string>} strings  @param {RoomEvent} event */
export function applyToPage(strings, { kind, data }) {
  if (kind === 'room.updated') nameRoom(strings, /** @type {any} */ (data));
}

/** @param {Record<string, string>} strings  @param {{name: string, topic: string}} room */
export function nameRoom(strings, { name, topic }) {
  document.title = fill(strings.title, { room: name });
  for (const place of document.querySelectorAll('[data-room-name]')) place.textContent = name;
  need('#topic').textContent = topic;
}
