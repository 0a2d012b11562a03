/**
 * What the page's modules hand to one another, besides what client/types.js names. The names are
 * global to the type checker; nothing here runs, so no page loads it.
 *
 * Only here may a comment import: Django's storage takes it for code, and would see a circle.
 *
 * @typedef {import('./message-view.js').MessageView} RowView
 * @typedef {import('./picture.js').Picture} Picture
 * @typedef {import('./timeline.js').Timeline} Timeline
 * @typedef {import('./client/channel.js').Channel} RoomChannel
 * @typedef {ReturnType<typeof import('./dates.js').dates>} Dates
 *
 * @typedef {{emoji: string, users: User[]}} Reaction
 * @typedef {import('./sidebar.js').Sidebar} Sidebar
 * @typedef {{room: string, unread: number, mentions: number}} Unread  How much is new in a room (docs/protocol.md).
 *
 * @typedef {object} Message  One message as the API gives it.
 * @property {number} seq
 * @property {string} client_id
 * @property {User} by
 * @property {string} at  RFC 3339, UTC
 * @property {string} body
 * @property {string} html  cleaned by the server; empty while an edit is on its way
 * @property {number | null} [reply_to]  a seq
 * @property {string | null} [edited_at]
 * @property {boolean} [deleted]
 * @property {number[]} [mentions]  the ids of whom it names
 * @property {any[]} [uploads]
 * @property {Reaction[]} [reactions]
 *
 * @typedef {object} Page
 * @property {number} seq  the room's, of the moment of the page
 * @property {boolean} more  whether there are older messages
 * @property {boolean} [newer]
 * @property {Message[]} messages
 * @property {Message[]} [quoted]  what is replied to and not on the page
 *
 * @typedef {object} Item  One thing in the room's list: a message, a post on its way, a note.
 * @property {string} key  stays the same while a post becomes a message
 * @property {number} seq  0 for what has none yet
 * @property {boolean} [opens]  a group, whoever spoke before
 * @property {'message'|'note'} type
 * @property {number} at  milliseconds since 1970
 * @property {User} by
 * @property {boolean} mine
 * @property {Message} [message]  as it will stand once our writes are there
 * @property {Message} [quote]  what it replies to, once that is known
 * @property {Post} [post]
 * @property {Post[]} [writes]  ours that are on their way to the message
 * @property {RoomEvent} [event]
 *
 * @typedef {object} Row  What stands on one line of the list.
 * @property {string} key
 * @property {'day'|'new'|'message'|'note'} type
 * @property {number} at
 * @property {boolean} [first]  a message that opens a group, with its author's name
 * @property {Item} [item]
 */
