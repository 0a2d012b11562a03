import { Timers } from './timers.js';


/** Who was said to type is forgotten after so long. */
const TYPING_FOR = 5000;

/** Who is in a room and who types there, as the server says it. */
export class Audience {
  /** @type {Map<number, User>} */
  #here = new Map();
  /** @type {Map<string, User>} by id, as a timer is named */
  #typing = new Map();
  #timers;

  /** @param {ChatClient} client  @param {Partial<Handlers>} handlers */
  constructor(client, handlers) {
    this.client = client;
    this.handlers = handlers;
    this.#timers = new Timers(client.env);
  }

  /** @param {Frame} frame  of the type present, presence or typing */
  hear({ users, joined = users, left = [], user, count }) {
    if (user) {
      this.#typing.set(`${user.id}`, user);
      this.#timers.arm(`${user.id}`, TYPING_FOR, () => this.stopped([user]));
      this.#tell();
      return;
    }
    if (users) this.#here.clear();
    for (const { id } of left) this.#here.delete(id);
    for (const one of joined) this.#here.set(one.id, one);
    this.client.call(() => this.handlers.onPresence?.([...this.#here.values()], count));
  }

  /** They said what they typed, or nobody can say any more who types.  @param {Iterable<User>} [users] */
  stopped(users = [...this.#typing.values()]) {
    const before = this.#typing.size;
    for (const { id } of users) {
      this.#typing.delete(`${id}`);
      this.#timers.disarm(`${id}`);
    }
    if (this.#typing.size < before) this.#tell();
  }

  #tell() {
    this.client.call(() => this.handlers.onTyping?.([...this.#typing.values()]));
  }
}
