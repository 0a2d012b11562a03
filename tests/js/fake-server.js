/** What answers to HTTP; the test decides what it says. */
export class FakeServer {
  /** @type {{path: string, init: any}[]} what was asked and the test has not looked at yet */
  asked = [];
  /** @type {{path: string, say: (text: string) => void, end: () => void, left: boolean}[]} */
  streams = [];
  /** Whether HTTP gets through at all. */
  reachable = true;
  me = () => json({ id: 1, name: 'ana' });
  sse = (path, init) => this.#stream(path, init);
  rooms = () => json([]);
  post = (_room, { client_id }) => json({ room: 'lobby', client_id, seq: 11, duplicate: false });

  async fetch(path, init) {
    if (!this.reachable) throw new TypeError('Failed to fetch');
    this.asked.push({ path, init });
    if (path === '/api/v1/me/') return this.me();
    if (path === '/api/v1/rooms/') return this.rooms();
    if (path.startsWith('/sse/chat/')) return this.sse(path, init);
    const [, room, rest] = path.match(/^\/api\/v1\/rooms\/([a-z0-9-]+)\/messages\/(.*)$/) ?? [];
    if (!room) throw new Error(`Nobody serves ${path}`);
    // What is said of a message stands in the body or, where there is none, in the address.
    const client_id = new URLSearchParams(rest.split('?')[1]).get('client_id');
    return this.post(room, init.body ? JSON.parse(init.body) : { client_id });
  }

  /** The stream that was opened last. */
  get stream() {
    return this.streams.at(-1);
  }

  #stream(path, { signal }) {
    /** @type {ReadableStreamDefaultController<Uint8Array>} */
    let controller;
    const body = new ReadableStream({ start: (given) => (controller = given) });
    const encoder = new TextEncoder();
    const stream = {
      path,
      left: false,
      say: (text) => controller.enqueue(typeof text === 'string' ? encoder.encode(text) : text),
      event: (frame) => stream.say(`id: ${frame.seq}\ndata: ${JSON.stringify(frame)}\n\n`),
      frame: (name, data) => stream.say(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
      subscribed: (seq, recovered = true) =>
        stream.frame('subscribed', { type: 'subscribed', room: 'lobby', seq, recovered }),
      end: () => controller.close(),
    };
    signal.addEventListener('abort', () => {
      stream.left = true;
      controller.error(new DOMException('left', 'AbortError'));
    });
    this.streams.push(stream);
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
  }
}

export function json(data, status = 200, headers = {}) {
  return new Response(JSON.stringify(data), { status, headers });
}

export const refused = (status, code, headers) => json({ error: { code, message: '' } }, status, headers);
