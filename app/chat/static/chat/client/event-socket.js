const API = '/api/v1/';
/** The server says something every 15 s. A stream that was silent for longer has to do so before it answers a ping. */
const SILENT_FOR = 20_000;
/** Seconds to wait after an answer that is not the server's own, such as a proxy's. */
const RETRY_AFTER = 2;
/** No stream says what is unread in the rooms beside it. */
const COUNT_EVERY = 30_000;
/** @type {Record<string, number>} refusals for which a socket would be closed, and the code of that */
const CLOSES = { not_signed_in: 4401, too_many: 4409 };
/** @type {Record<string, (frame: Frame) => [method: string, path: string, content?: object]>} below the room's messages */
const CALLS = {
  post: ({ client_id, body, reply_to, uploads }) => ['POST', '', { client_id, body, reply_to, uploads }],
  edit: ({ seq, client_id, body }) => ['PATCH', `${seq}/`, { client_id, body }],
  delete: ({ seq, client_id }) => ['DELETE', `${seq}/?client_id=${client_id}`],
  react: ({ seq, client_id, emoji, on }) => [
    on ? 'PUT' : 'DELETE',
    `${seq}/reactions/${encodeURIComponent(emoji)}/?client_id=${client_id}`,
  ],
};

/**
 * Server-Sent Events one way and the API the other, behind the face of a WebSocket that
 * speaks the typed form: for networks that let no WebSocket through.
 *
 * The streams are read with fetch. An EventSource says neither why it was refused nor
 * whether a silent stream still lives.
 */
export class EventSocket {
  readyState = 1;
  /** @type {(message: {data: string}) => void} */
  onmessage = () => {};
  /** @type {(end: {code: number}) => void} */
  onclose = () => {};
  /** @type {Map<string, {leave: AbortController, heard: number}>} by room */
  #streams = new Map();
  #leave = new AbortController();

  /** @param {Environment} env  @param {() => string} csrf  the CSRF token of this moment */
  constructor(env, csrf) {
    this.env = env;
    this.csrf = csrf;
    this.#try(this.#leave, () => this.#welcome());
  }

  /** @param {string} text  @returns {boolean} whether there is a way for this */
  send(text) {
    const frame = JSON.parse(text);
    if (frame.type === 'subscribe') this.#subscribe(frame);
    else if (frame.type === 'unsubscribe') this.#unsubscribe(frame.room);
    else if (frame.type in CALLS) this.#try(this.#leave, () => this.#write(frame));
    else if (frame.type === 'ping') this.#ping(frame.id);
    else if (frame.type === 'presence') this.#say({ type: 'error', id: frame.id });
    else return false;
    return true;
  }

  close() {
    this.readyState = 3;
    this.#leave.abort();
    for (const room of [...this.#streams.keys()]) this.#unsubscribe(room);
  }

  /** @param {Frame} frame */
  #say(frame) {
    if (this.readyState === 1) this.onmessage({ data: JSON.stringify(frame) });
  }

  /** @param {number} code */
  #end(code) {
    if (this.readyState !== 1) return;
    this.close();
    this.onclose({ code });
  }

  /** A failure is the network's, unless we broke it off.  @param {AbortController} leave  @param {() => Promise<void>} work */
  async #try(leave, work) {
    await work().catch(() => leave.signal.aborted || this.#end(1006));
  }

  /** @param {string} path  @param {RequestInit} [init] */
  #fetch(path, init) {
    return this.env.fetch(path, { cache: 'no-store', signal: this.#leave.signal, ...init });
  }

  async #welcome() {
    const answer = await this.#fetch(`${API}me/`);
    if (answer.ok) {
      this.#say({ type: 'welcome', user: await answer.json() });
      this.#count();
    } else {
      this.#end(answer.status === 401 ? 4401 : 1006);
    }
  }

  #count() {
    this.env.after(COUNT_EVERY, () => this.#try(this.#leave, async () => {
      const answer = await this.#fetch(`${API}rooms/`);
      for (const { slug: room, unread, mentions } of answer.ok ? await answer.json() : []) {
        if (!this.#streams.has(room)) this.#say({ type: 'unread', room, unread, mentions });
      }
      this.#count();
    }));
  }

  /** @param {Frame} frame */
  async #write(frame) {
    const [method, path, content] = CALLS[frame.type](frame);
    const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': this.csrf() };
    const init = { method, headers, body: JSON.stringify(content) };
    const answer = await this.#fetch(`${API}rooms/${frame.room}/messages/${path}`, init);
    if (answer.ok) this.#say({ ...(await answer.json()), type: 'ack', id: frame.id });
    else this.#refuse(frame.id, await refusal(answer));
  }

  /** @param {number} id  @param {Frame} error */
  #refuse(id, error) {
    if (error.code in CLOSES) this.#end(CLOSES[error.code]);
    else this.#say({ ...error, id });
  }

  /** @param {Frame} frame */
  #subscribe({ id, room, since }) {
    this.#unsubscribe(room);
    const leave = new AbortController();
    const stream = { leave, heard: this.env.now() };
    this.#streams.set(room, stream);
    this.#try(leave, async () => {
      const query = since === undefined ? '' : `?since=${since}`;
      const headers = { Accept: 'text/event-stream' };
      const answer = await this.#fetch(`/sse/chat/${room}/${query}`, { headers, signal: leave.signal });
      if (answer.ok) await this.#read(answer, stream, id);
      else await this.#refused(answer, room, id);
    });
  }

  /** @param {string} room */
  #unsubscribe(room) {
    this.#streams.get(room)?.leave.abort();
    this.#streams.delete(room);
  }

  /** @param {Response} answer  @param {string} room  @param {number} id */
  async #refused(answer, room, id) {
    const error = await refusal(answer);
    this.#unsubscribe(room);
    if (error.ours) this.#refuse(id, error);
    else this.#end(1006);
  }

  /** @param {Response} answer  @param {{leave: AbortController, heard: number}} stream  @param {number} id */
  async #read(answer, stream, id) {
    const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader();
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (stream.leave.signal.aborted) return;
      if (done) break;
      stream.heard = this.env.now();
      this.#pong();
      const messages = (text + decoder.decode(value, { stream: true })).split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) this.#take(fieldsOf(message), id);
    }
    this.#end(1006);
  }

  /** @param {Record<string, string>} fields  @param {number} id */
  #take({ event, data }, id) {
    if (!data) return;
    const frame = JSON.parse(data);
    if (event === 'unsubscribed') this.#unsubscribe(frame.room);
    if (event === 'close') this.#end(frame.code);
    // What was missed follows as live events do, which is all the same to who counts them.
    else this.#say(event === 'subscribed' ? { ...frame, id, events: [] } : frame);
  }

  /** @param {any} id  `proof`: what was heard before does not count */
  #ping(id) {
    if (id === 'proof') for (const stream of this.#streams.values()) stream.heard = 0;
    this.#pong();
  }

  #pong() {
    const since = this.env.now() - SILENT_FOR;
    if ([...this.#streams.values()].every(({ heard }) => heard > since)) this.#say({ type: 'pong' });
  }
}

/** @param {Response} answer  @returns {Promise<Frame>} as the typed form says it */
async function refusal(answer) {
  const { error } = await answer.json().catch(() => ({}));
  const code = answer.status === 413 ? 'too_long' : 'unavailable';
  const retry_after = Number(answer.headers.get('Retry-After')) || RETRY_AFTER;
  return { type: 'error', code, retry_after, ...error, ours: !!error };
}

/**
 * The fields of one message. Only \n ends a line: a text may hold other ends of lines.
 *
 * @param {string} message
 * @returns {Record<string, string>}
 */
function fieldsOf(message) {
  const lines = message.split('\n').map((line) => line.split(/: ?(.*)/s, 2));
  return Object.fromEntries(lines);
}
