import { need } from './page-data.js';
import { fill } from './text.js';


/**
 * What happens in the room besides the list: spoken news, and the room's own name and topic.
 *
 * @param {Record<string, string>} strings
 * @param {User} me
 */
export function roomNews(strings, me) {
  const spoken = need('#spoken');

  /** @param {RoomEvent} event */
  function note({ kind, by, data }) {
    return fill(strings[kind.replace('.', '_')], { name: (data.user ?? by).name, room: data.name });
  }

  /** @param {RoomEvent} event */
  function say(event) {
    if (event.kind !== 'message.posted') return kindKnown(event) ? note(event) : '';
    if (event.by.id === me.id) return '';
    return fill(strings.spoken, { name: event.by.name, text: event.data.body });
  }

  /** @param {RoomEvent} event */
  function kindKnown({ kind }) {
    return kind.replace('.', '_') in strings;
  }

  /** @param {RoomEvent} event */
  function rename({ data: { name, topic } }) {
    document.title = fill(strings.title, { room: name });
    for (const place of document.querySelectorAll('[data-room-name]')) place.textContent = name;
    need('#topic').textContent = topic;
  }

  return {
    note,
    /** @param {RoomEvent[]} events */
    tell(events) {
      for (const event of events) if (event.kind === 'room.updated') rename(event);
      // A long absence is not read out line by line.
      spoken.textContent = events.slice(-3).map(say).filter(Boolean).join('\n');
    },
  };
}
