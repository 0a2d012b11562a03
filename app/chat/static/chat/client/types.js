/**
 * What the client takes, gives and hands on inside. The names are global to the type
 * checker; nothing here runs, so no page loads it.
 *
 * Only here may a comment import: Django's storage takes it for code, and would see a circle.
 *
 * @typedef {import('./client.js').Client} ChatClient
 * @typedef {{id: number, name: string, picture?: string}} User
 *
 * @typedef {object} RoomEvent  A durable event of a room (docs/protocol.md).
 * @property {string} room
 * @property {number} seq
 * @property {string} kind
 * @property {string} at  RFC 3339, UTC
 * @property {User} by
 * @property {Record<string, any>} data
 *
 * @typedef {object} Post  A message of this person on its way, or a change of one.
 * @property {'post'|'edit'|'delete'|'react'} kind
 * @property {string} room
 * @property {string} client_id
 * @property {string} body  of a post or an edit; the others have none
 * @property {number} [reply_to]  a seq
 * @property {any[]} [uploads]  of a post: as the server gave them, or their ids
 * @property {number} [of]  the seq of the message that is changed
 * @property {string} [emoji]  of a reaction
 * @property {boolean} [on]  whether the reaction is put or taken back
 * @property {number} at  milliseconds since 1970
 * @property {string} tab  the tab that sends it
 * @property {'queued'|'sent'|'failed'|'delivered'|'discarded'} state
 * @property {string} [code]  why it failed: an error code of the protocol, or `expired`
 * @property {number} [seq]  where it stands in the room, once delivered
 *
 * @typedef {{reply_to?: number, uploads?: any[]}} PostOptions  uploads: as the server gave them, or their ids
 *
 * @typedef {object} State  Of the connection.
 * @property {'connecting'|'online'|'waiting'|'stopped'} name
 * @property {'websocket'|'events'} [via]  online: how
 * @property {User} [user]  online: who the server takes us for
 * @property {number} [until]  waiting: the moment of the next attempt
 * @property {boolean} [offline]  waiting: for the network, which the browser says is gone
 * @property {number} [code]  waiting: the close code that led here
 * @property {string} [reason]  stopped: why
 *
 * @typedef {object} Handlers  What a page does with a room's news.
 * @property {(events: RoomEvent[]) => void} onEvents  in order, each once, none missing
 * @property {(seq: number) => number | Promise<number>} onReset  load the room afresh and say up to which seq
 * @property {(post: Post) => void} onPost  a post of this person's changed its state
 * @property {(write: Post) => void} [onWrite]  an edit, deletion or reaction did
 * @property {(reason: string) => void} onClosed  the room is not open to us any more
 * @property {(users: User[], count: number) => void} [onPresence]  who is here, and how many
 * @property {(users: User[]) => void} [onTyping]  who types
 *
 * @typedef {{type: string} & Record<string, any>} Frame
 * @typedef {(answer: Frame) => void} Asker
 *
 * @typedef {object} Line  One way to the server.
 * @property {'websocket'|'events'} via
 * @property {{readonly readyState: number, close: WebSocket['close'], send: (text: string) => any, onmessage: any, onclose: any}} socket
 *
 * @typedef {object} Environment  What the client takes from its surroundings.
 * @property {(url?: string) => WebSocket} socket
 * @property {(path: string, init: RequestInit) => Promise<Response>} fetch
 * @property {() => string} csrf  Django's CSRF token of this moment
 * @property {(ms: number, run: () => void) => any} after
 * @property {(timer: any) => void} cancel
 * @property {() => number} now
 * @property {() => number} random  from 0 up to 1
 * @property {() => boolean} online  whether the machine has a network at all
 * @property {(error: unknown) => void} report  an error that the page has made
 * @property {(look: () => void) => () => void} watch  calls when that, or what the person sees, changed; until told to end
 * @property {IDBFactory} [databases]
 * @property {LockManager} [locks]
 * @property {(name: string) => BroadcastChannel | null} radio
 */
