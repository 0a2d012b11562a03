/** A clock, a network and dice that do nothing by themselves: tests turn them by hand. */
export class Surroundings {
  /** @type {FakeSocket[]} every connection that was opened, in order */
  sockets = [];
  /** @type {{at: number, run: () => void}[]} */
  #timers = [];
  #now = 1_000_000;
  dice = 0.5;

  /** What the client is given. */
  env = {
    socket: (url) => {
      const socket = new FakeSocket(url);
      this.sockets.push(socket);
      return socket;
    },
    after: (ms, run) => {
      const timer = { at: this.#now + ms, run };
      this.#timers.push(timer);
      return timer;
    },
    cancel: (timer) => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    },
    now: () => this.#now,
    random: () => this.dice,
  };

  /** The connection that is open now. */
  get socket() {
    return this.sockets.at(-1);
  }

  /** Lets time pass; what is due runs at its moment, in order. */
  pass(ms) {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.env.cancel(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = end;
  }
}

/** The browser's end of a WebSocket; the test is the server. */
export class FakeSocket {
  readyState = 1;
  /** @type {any[]} what the client sent and the test has not looked at yet */
  sent = [];
  onmessage = () => {};
  onclose = () => {};

  constructor(url) {
    this.url = url;
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  /** The server says something. */
  say(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }

  welcome() {
    this.say({ type: 'welcome', user: { id: 1, name: 'ana' }, connection: 'c1' });
  }

  /** The connection ends, with this close code. */
  drop(code) {
    this.readyState = 3;
    this.onclose({ code });
  }

  /** Takes the oldest frame that the client sent, and insists on its type. */
  take(type) {
    const frame = this.sent.shift();
    if (frame?.type !== type) throw new Error(`Expected ${type}, got ${JSON.stringify(frame)}`);
    return frame;
  }
}

/** An event of the room `lobby`, from berto unless said otherwise. */
export function event(seq, more = {}) {
  return {
    type: 'event',
    room: 'lobby',
    seq,
    kind: 'message.posted',
    at: '2026-11-22T10:00:00.000Z',
    by: { id: 2, name: 'berto' },
    data: { client_id: `id-${seq}`, body: `message ${seq}`, html: `<p>message ${seq}</p>`, reply_to: null },
    ...more,
  };
}
