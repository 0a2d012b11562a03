/**
 * What the page's modules hand to one another, besides what client/types.js names. The names are
 * global to the type checker; nothing here runs, so no page loads it.
 *
 * Only here may a comment import: Django's storage takes it for code, and would see a circle.
 *
 * @typedef {import('./message-view.js').MessageView} RowView
 * @typedef {ReturnType<typeof import('./dates.js').dates>} Dates
 *
 * @typedef {object} Message  One message as the API gives it.
 * @property {number} seq
 * @property {string} client_id
 * @property {User} by
 * @property {string} at  RFC 3339, UTC
 * @property {string} body
 * @property {string} html  cleaned by the server
 * @property {boolean} [deleted]
 *
 * @typedef {{seq: number, more: boolean, messages: Message[]}} Page
 *
 * @typedef {object} Item  One thing in the room's list: a message, a post on its way, a note.
 * @property {string} key  stays the same while a post becomes a message
 * @property {'message'|'note'} type
 * @property {number} at  milliseconds since 1970
 * @property {User} by
 * @property {boolean} mine
 * @property {Message} [message]
 * @property {Post} [post]
 * @property {RoomEvent} [event]
 *
 * @typedef {object} Row  What stands on one line of the list.
 * @property {string} key
 * @property {'day'|'message'|'note'} type
 * @property {number} at
 * @property {boolean} first  a message that opens a group, with its author's name
 * @property {Item} [item]
 */
