/**
 * What the modules hand to one another, and what travels (docs/protocol.md). The names are
 * global to the type checker; nothing here runs, so no page loads it.
 *
 * Only here may a comment import: Django's storage takes it for code, and would see a circle.
 *
 * @typedef {import('./client.js').Client} ChatClient
 * @typedef {import('./message-view.js').MessageView} RowView
 * @typedef {ReturnType<typeof import('./dates.js').dates>} Dates
 * @typedef {{id: number, name: string}} User
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
 * @typedef {object} RoomEvent  A durable event of a room.
 * @property {string} room
 * @property {number} seq
 * @property {string} kind
 * @property {string} at
 * @property {User} by
 * @property {Record<string, any>} data
 *
 * @typedef {{type: string} & Record<string, any>} Frame
 * @typedef {(answer: Frame) => void} Asker
 *
 * @typedef {object} Post  A message of ours on its way.
 * @property {string} room
 * @property {string} client_id
 * @property {string} body
 * @property {number} at  milliseconds since 1970
 * @property {'queued'|'sent'|'failed'|'delivered'|'discarded'} state
 * @property {string} [code]  why it failed
 * @property {number} [seq]  where it stands in the room, once delivered
 *
 * @typedef {object} State  Of the connection.
 * @property {'connecting'|'online'|'waiting'|'stopped'} name
 * @property {number} [until]  waiting: the moment of the next attempt
 * @property {number} [code]  waiting: the close code that led here
 * @property {string} [reason]  stopped: why
 *
 * @typedef {object} Handlers  What a page does with a room's news.
 * @property {(events: RoomEvent[]) => void} onEvents  in order, each once, none missing
 * @property {() => Promise<number>} onReset  load the room afresh and say up to which seq
 * @property {(post: Post) => void} onPost  a post of ours changed its state
 * @property {(reason: string) => void} onClosed  the room is not open to us any more
 *
 * @typedef {object} Environment  What the client takes from its surroundings.
 * @property {(url: string) => WebSocket} socket
 * @property {(ms: number, run: () => void) => any} after
 * @property {(timer: any) => void} cancel
 * @property {() => number} now
 * @property {() => number} random  from 0 up to 1
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
