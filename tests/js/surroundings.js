import { FakeDisk } from './fake-disk.js';
import { FakeServer } from './fake-server.js';


/** A clock, a network and dice that do nothing by themselves: tests turn them by hand. */
export class Surroundings {
  /** @type {FakeSocket[]} every connection that was opened, in order */
  sockets = [];
  /** What answers to HTTP. */
  server = new FakeServer();
  /** @type {{at: number, run: () => void}[]} */
  #timers = [];
  #now = 1_000_000;
  /** @type {(() => void)[]} */
  #watchers = [];
  /** @type {any[]} the errors of the page */
  reported = [];
  dice = 0.5;
  online = true;

  /** @param {Profile | null} profile  of the browser; null: it keeps nothing */
  constructor(profile = null) {
    /** What the client is given. */
    this.env = {
      socket: (url) => {
        const socket = new FakeSocket(url);
        this.sockets.push(socket);
        return socket;
      },
      fetch: (path, init) => this.server.fetch(path, init),
      csrf: () => 'from-the-cookie',
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
      online: () => this.online,
      watch: (look) => {
        this.#watchers.push(look);
        return () => (this.#watchers = this.#watchers.filter((other) => other !== look));
      },
      report: (error) => this.reported.push(error),
      databases: profile?.disk,
      locks: profile?.locks?.seenFrom(this),
      radio: (name) => profile?.radio(name, this) ?? null,
    };
  }

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

  /** The machine sleeps: the clock goes on, the timers do not. */
  sleep(ms) {
    this.#now += ms;
    for (const timer of this.#timers) timer.at += ms;
  }

  /** The browser says that something changed: the network, or that the page is seen. */
  look() {
    for (const look of this.#watchers) look();
  }

  goes(online) {
    this.online = online;
    this.look();
  }
}

/** What the tabs of one browser share. */
export class Profile {
  disk = new FakeDisk();
  /** How a message gets from one tab to another. @type {(deliver: () => void) => void} */
  air = (deliver) => deliver();
  /** @type {Map<string, Map<any, any>>} the tab of each radio, by name */
  #radios = new Map();

  /** @param {FakeLocks | null} locks  null: a browser, or a page, without them */
  constructor(locks = new FakeLocks()) {
    this.locks = locks;
  }

  /** A tab ends without a word: it lets go of its locks, and hears nothing any more. */
  crash(tab) {
    this.locks?.crash(tab);
    for (const radios of this.#radios.values()) {
      for (const [radio, owner] of radios) if (owner === tab) radio.close();
    }
  }

  radio(name, tab) {
    const others = this.#radios.get(name) ?? new Map();
    this.#radios.set(name, others);
    const radio = {
      onmessage: (_) => {},
      postMessage: (data) => {
        for (const other of [...others.keys()].filter((one) => one !== radio)) {
          this.air(() => other.onmessage({ data: structuredClone(data) }));
        }
      },
      close: () => others.delete(radio),
    };
    others.set(radio, tab);
    return radio;
  }
}

/** Web Locks. */
export class FakeLocks {
  /** @type {Map<string, {tab: any, run: () => any}[]>} the first of each holds it */
  #queues = new Map();

  seenFrom(tab) {
    return {
      request: (name, ...rest) => {
        const run = rest.at(-1);
        const queue = this.#queues.get(name) ?? [];
        this.#queues.set(name, queue);
        return new Promise((done) => {
          queue.push({ tab, run: async () => done(await run()) });
          if (queue.length === 1) this.#serve(name);
        });
      },
    };
  }

  crash(tab) {
    for (const [name, queue] of this.#queues) {
      const [holder] = queue;
      this.#queues.set(name, queue.filter((one) => one === holder || one.tab !== tab));
      if (holder?.tab === tab) this.#next(name);
    }
  }

  #serve(name) {
    const holder = this.#queues.get(name)?.[0];
    holder?.run().then(() => this.#queues.get(name)?.[0] === holder && this.#next(name));
  }

  #next(name) {
    this.#queues.get(name)?.shift();
    this.#serve(name);
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

  welcome(user = { id: 1, name: 'ana' }) {
    this.say({ type: 'welcome', user, connection: 'c1' });
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

/** Lets promises that are settled, and streams, run on. */
export async function settle() {
  for (let round = 0; round < 20; round += 1) await new Promise((done) => setImmediate(done));
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
