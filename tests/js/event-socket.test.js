import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../app/chat/static/chat/client/tertulia.js';
import { refused, json } from './fake-server.js';
import { event, settle, Surroundings } from './surroundings.js';

/** A client of ana's in the lobby, where no WebSocket gets through. */
async function withoutWebSocket({ since = 10, rooms = ['lobby'], ...handlers } = {}) {
  const world = new Surroundings();
  const { server } = world;
  const seen = { seqs: [], posts: [], closed: [], states: [] };
  const client = connect({ env: world.env, onState: (s) => seen.states.push(s) });
  const [channel] = rooms.map((room) =>
    client.subscribe(room, {
      since,
      onEvents: (events) => seen.seqs.push(...events.map((one) => one.seq)),
      onPost: (post) => seen.posts.push(post),
      onClosed: (reason) => seen.closed.push(reason),
      ...handlers,
    }),
  );
  for (let attempt = 0; attempt < 3; attempt += 1) {
    world.pass(1000);
    world.socket.drop(1006);
  }
  await settle();
  const state = () => client.state;
  return { world, server, client, channel, seen, state };
}

/** The same, with its stream begun. */
async function streaming(options) {
  const scene = await withoutWebSocket(options);
  scene.server.stream.subscribed(10);
  await settle();
  return scene;
}

/** The names of the states from the first connection on. */
const sinceOnline = (states) => states.map(({ name }) => name).slice(states.findIndex(({ name }) => name === 'online'));

/** Back on its feet after the stream was lost. */
async function comesBack(world) {
  world.pass(30_000);
  if (world.socket.readyState === 1) world.socket.drop(1006);
  await settle();
}

test('events arrive, from where the room was known', async () => {
  const { server, seen, state } = await withoutWebSocket();
  assert.equal(server.stream.path, '/sse/chat/lobby/?since=10');
  assert.deepEqual([state().name, state().via, state().user.name], ['online', 'events', 'ana']);
  server.stream.subscribed(12);
  for (const seq of [11, 12, 13]) server.stream.event(event(seq));
  await settle();
  assert.deepEqual(seen.seqs, [11, 12, 13]);
});

test('without a seq they arrive from now on', async () => {
  const { server, seen } = await withoutWebSocket({ since: null });
  assert.equal(server.stream.path, '/sse/chat/lobby/');
  server.stream.subscribed(40);
  server.stream.event(event(41));
  await settle();
  assert.deepEqual(seen.seqs, [41]);
});

test('a message may come in any pieces and hold any characters', async () => {
  const { server, seen } = await streaming();
  const body = 'día 😀\u2028event: close\u2028data: {"code": 4401}\u2029\r ok';
  const text = `: hello\n\nid: 11\ndata: ${JSON.stringify(event(11, { data: { body } }))}\n\n`;
  for (const byte of new TextEncoder().encode(text)) server.stream.say(Uint8Array.of(byte));
  server.stream.event(event(12));
  await settle();
  assert.deepEqual(seen.seqs, [11, 12]);
});

test('doubles are not handed on, and nothing passes a gap', async () => {
  const { server, seen } = await streaming();
  for (const seq of [11, 11, 10, 13, 14]) server.stream.event(event(seq));
  await settle();
  assert.deepEqual(seen.seqs, [11]);
  assert.deepEqual([server.streams.length, server.streams[0].left], [2, true]);
  assert.equal(server.stream.path, '/sse/chat/lobby/?since=11');
  server.stream.subscribed(14);
  for (const seq of [12, 13, 14, 15]) server.stream.event(event(seq));
  await settle();
  assert.deepEqual(seen.seqs, [11, 12, 13, 14, 15]);
});

test('events in the wrong order are asked for again and shown in the right one', async () => {
  const { server, seen } = await streaming();
  for (const seq of [12, 11, 13]) server.stream.event(event(seq));
  await settle();
  assert.deepEqual(seen.seqs, []);
  server.stream.subscribed(13);
  for (const seq of [11, 12, 13]) server.stream.event(event(seq));
  await settle();
  assert.deepEqual(seen.seqs, [11, 12, 13]);
});

test('what cannot be recovered is loaded afresh', async () => {
  let loaded;
  const { server, seen } = await withoutWebSocket({ onReset: () => new Promise((done) => (loaded = done)) });
  server.stream.subscribed(900, false);
  await settle();
  for (const seq of [901, 902]) server.stream.event(event(seq));
  await settle();
  assert.deepEqual(seen.seqs, []);
  loaded(901);
  await settle();
  assert.deepEqual(seen.seqs, [902]);
});

test('each room has a stream', async () => {
  const { server } = await withoutWebSocket({ rooms: ['lobby', 'plaza'] });
  const paths = server.streams.map((stream) => stream.path);
  assert.deepEqual(paths, ['/sse/chat/lobby/?since=10', '/sse/chat/plaza/?since=10']);
});

test('a room that is unsubscribed is left', async () => {
  const { server, channel, state } = await streaming();
  channel.unsubscribe();
  await settle();
  assert.deepEqual([server.stream.left, state().name], [true, 'online']);
});

// --- posting ---

test('a post goes over the API and is acknowledged', async () => {
  const { server, channel, seen } = await streaming();
  server.asked.length = 0;
  channel.post('hola', { reply_to: 3 });
  await settle();
  const [{ path, init }] = server.asked;
  assert.deepEqual([path, init.method], ['/api/v1/rooms/lobby/messages/', 'POST']);
  assert.equal(init.headers['X-CSRFToken'], 'from-the-cookie');
  const { client_id } = seen.posts[0];
  assert.deepEqual(JSON.parse(init.body), { client_id, body: 'hola', reply_to: 3 });
  assert.deepEqual(seen.posts.map((post) => post.state), ['queued', 'sent', 'delivered']);
  assert.equal(seen.posts[2].seq, 11);
});

for (const [name, write, method, path, body] of [
  ['a post with files', (channel) => channel.post('', { uploads: [{ id: 'x', name: 'a.txt' }] }), 'POST', '', { body: '', uploads: ['x'] }],
  ['an edit', (channel) => channel.edit(3, 'adiós'), 'PATCH', '3/', { body: 'adiós' }],
  ['a deletion', (channel) => channel.remove(3), 'DELETE', '3/?client_id='],
  ['a reaction', (channel) => channel.react(3, '❤️', true), 'PUT', '3/reactions/%E2%9D%A4%EF%B8%8F/?client_id='],
  ['a reaction taken back', (channel) => channel.react(3, '👍', false), 'DELETE', '3/reactions/%F0%9F%91%8D/?client_id='],
]) {
  test(`${name} goes over the API and is acknowledged`, async () => {
    const { server, channel, client } = await streaming();
    server.asked.length = 0;
    const { client_id } = write(channel);
    await settle();
    const [asked] = server.asked;
    const expected = `/api/v1/rooms/lobby/messages/${path}${body ? '' : client_id}`;
    assert.deepEqual([asked.init.method, asked.path], [method, expected]);
    assert.equal(asked.init.headers['X-CSRFToken'], 'from-the-cookie');
    assert.deepEqual(asked.init.body && JSON.parse(asked.init.body), body && { client_id, ...body });
    assert.deepEqual(client.posts, []);
  });
}

for (const [given, token] of [['fixed', 'fixed'], [() => 'asked', 'asked']]) {
  test(`the CSRF token may be given: ${token}`, async () => {
    const { world } = await streaming();
    const client = connect({ env: world.env, csrf: given });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      world.pass(1000);
      world.socket.drop(1006);
    }
    await settle();
    client.post('lobby', 'hola');
    await settle();
    assert.equal(world.server.asked.at(-1).init.headers['X-CSRFToken'], token);
  });
}

test('what is not acknowledged is sent again with its own client_id, in order', async () => {
  const { world, server, channel, seen } = await streaming();
  const sent = [];
  const answers = [() => Promise.reject(new TypeError('Failed to fetch')), server.post, server.post];
  server.post = (room, message) => {
    sent.push(message);
    return answers.shift()(room, message);
  };
  channel.post('one');
  channel.post('two');
  await settle();
  assert.equal(seen.posts.at(-1).state, 'queued');
  await comesBack(world);
  assert.deepEqual(sent.map(({ body }) => body), ['one', 'one', 'two']);
  assert.equal(sent[0].client_id, sent[1].client_id);
  assert.deepEqual(seen.posts.filter((post) => post.state === 'delivered').map((post) => post.body), ['one', 'two']);
});

for (const [name, answer, wait] of [
  ['a busy server', () => refused(429, 'rate_limited', { 'Retry-After': '3' }), 3000],
  ['an outage', () => refused(503, 'unavailable'), 2000],
  ['a proxy that has nobody behind it', () => new Response('<html>', { status: 502 }), 2000],
]) {
  test(`after ${name} a post is sent again by itself`, async () => {
    const { world, server, channel, seen } = await streaming();
    const { post } = server;
    server.post = answer;
    channel.post('hola');
    await settle();
    assert.equal(seen.posts.at(-1).state, 'queued');
    server.post = post;
    world.pass(wait - 1);
    await settle();
    assert.equal(seen.posts.at(-1).state, 'queued');
    world.pass(1);
    await settle();
    assert.equal(seen.posts.at(-1).state, 'delivered');
  });
}

for (const [code, answer] of [
  ['forbidden', () => refused(403, 'forbidden')],
  ['not_found', () => refused(404, 'not_found')],
  ['too_long', () => new Response('<html>', { status: 413 })],
]) {
  test(`${code} fails the post, which stays`, async () => {
    const { server, channel, client, seen } = await streaming();
    server.post = answer;
    channel.post('hola');
    await settle();
    assert.deepEqual([seen.posts.at(-1).state, seen.posts.at(-1).code], ['failed', code]);
    assert.equal(client.posts.length, 1);
  });
}

test('what was read is told when the WebSocket is back', async () => {
  const { world, channel } = await streaming();
  channel.read(10);
  world.pass(30_000);
  world.socket.welcome();
  world.socket.take('subscribe');
  assert.equal(world.socket.take('read').seq, 10);
});

// --- how it ends ---

for (const [code, reason] of [[4401, 'signed_out'], [4403, 'forbidden'], [4409, 'too_many_sockets']]) {
  test(`close ${code} stops: ${reason}`, async () => {
    const { world, server, state } = await streaming();
    server.stream.frame('close', { code });
    await settle();
    world.pass(600_000);
    await settle();
    assert.deepEqual([state(), server.streams.length], [{ name: 'stopped', reason }, 1]);
  });
}

test('close 4408 comes back from where it was', async () => {
  const { world, server, seen } = await streaming();
  server.stream.event(event(11));
  server.stream.frame('close', { code: 4408 });
  await settle();
  await comesBack(world);
  assert.equal(server.stream.path, '/sse/chat/lobby/?since=11');
  server.stream.subscribed(12);
  server.stream.event(event(12));
  await settle();
  assert.deepEqual(seen.seqs, [11, 12]);
});

test('a stream that ends, or breaks, comes back from where it was', async () => {
  const { world, server, state } = await streaming();
  server.stream.event(event(11));
  server.stream.end();
  await settle();
  assert.equal(state().name, 'waiting');
  await comesBack(world);
  assert.equal(server.stream.path, '/sse/chat/lobby/?since=11');
  assert.equal(state().name, 'online');
});

test('a worker that leaves is left for another one without a break', async () => {
  const { world, server, seen, state } = await streaming();
  const [old] = server.streams;
  old.frame('reconnect', { type: 'reconnect', after_ms: 1000 });
  await settle();
  let answer;
  server.me = () => new Promise((done) => (answer = done));
  world.pass(800);
  old.event(event(11));
  await settle();
  assert.deepEqual([server.streams.length, seen.seqs], [1, [11]]);
  answer(json({ id: 1, name: 'ana' }));
  await settle();
  assert.deepEqual([server.streams.length, old.left, server.stream.path], [2, true, '/sse/chat/lobby/?since=11']);
  server.stream.subscribed(12);
  server.stream.event(event(12));
  await settle();
  assert.deepEqual([seen.seqs, state().name], [[11, 12], 'online']);
  assert.deepEqual(new Set(sinceOnline(seen.states)), new Set(['online']));
});

test('being removed closes the room and nothing else', async () => {
  const { server, seen, state } = await streaming();
  server.stream.frame('unsubscribed', { type: 'unsubscribed', room: 'lobby', reason: 'removed' });
  server.stream.say(':\n\n');
  await settle();
  assert.deepEqual([seen.closed, state().name], [['removed'], 'online']);
});

test('a room that is not ours is closed', async () => {
  const { world, server, seen } = await withoutWebSocket();
  server.stream.end();
  server.sse = () => refused(404, 'not_found');
  await settle();
  await comesBack(world);
  assert.deepEqual(seen.closed, ['not_found']);
});

test('a stream that is not to be had at the moment is asked for again', async () => {
  const { world, server } = await streaming();
  const { sse } = server;
  server.sse = () => refused(503, 'unavailable', { 'Retry-After': '4' });
  server.stream.event(event(12));
  await settle();
  server.sse = sse;
  world.pass(4000);
  await settle();
  assert.equal(server.streams.length, 2);
});

for (const [status, code, reason] of [[401, 'not_signed_in', 'signed_out'], [429, 'too_many', 'too_many_sockets']]) {
  test(`a stream refused with ${code} stops: ${reason}`, async () => {
    const { server, state } = await streaming();
    server.sse = () => refused(status, code);
    server.stream.event(event(12));
    await settle();
    assert.deepEqual(state(), { name: 'stopped', reason });
  });
}

test('who is signed out is told so', async () => {
  const world = new Surroundings();
  world.server.me = () => refused(401, 'not_signed_in');
  const client = connect({ env: world.env });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    world.pass(1000);
    world.socket.drop(1006);
  }
  await settle();
  assert.equal(client.state.reason, 'signed_out');
});

test('where HTTP does not get through either, it is tried again later', async () => {
  const world = new Surroundings();
  world.server.reachable = false;
  const client = connect({ env: world.env });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    world.pass(1000);
    world.socket.drop(1006);
  }
  await settle();
  assert.equal(client.state.name, 'waiting');
  world.pass(client.state.until - world.env.now());
  world.socket.welcome();
  assert.equal(client.state.via, 'websocket');
});

test('a silent stream is given up, one with signs of life is not', async () => {
  const { world, server, state } = await streaming();
  for (let passed = 0; passed < 120; passed += 15) {
    world.pass(15_000);
    if (world.socket.readyState === 1) world.socket.drop(1006);
    server.stream.say(':\n\n');
    await settle();
    assert.equal(state().name, 'online');
  }
  world.pass(60_000);
  assert.notEqual(state().name, 'online');
  assert.equal(server.streams[0].left, true);
});

test('when something happened outside, a stream has to prove that it lives', async () => {
  const { world, server, state } = await streaming();
  world.look();
  world.socket.drop(1006);
  world.pass(16_000);
  server.stream.say(':\n\n');
  await settle();
  world.pass(1_000);
  assert.equal(state().name, 'online');
  world.look();
  world.socket.drop(1006);
  world.pass(17_000);
  assert.equal(server.streams[0].left, true);
});

test('one stream that is silent is not saved by another one', async () => {
  const { world, server, state } = await withoutWebSocket({ rooms: ['lobby', 'plaza'] });
  for (let passed = 0; passed < 75 && state().name === 'online'; passed += 5) {
    world.pass(5_000);
    if (world.socket.readyState === 1) world.socket.drop(1006);
    if (!server.streams[1].left) server.streams[1].say(':\n\n');
    await settle();
  }
  assert.equal(server.streams[0].left, true);
});

test('it moves back to the WebSocket without loss or double', async () => {
  const { world, server, channel, seen, state } = await streaming();
  server.stream.event(event(11));
  world.pass(25_000);
  await settle();
  const answers = [];
  server.post = () => new Promise((done) => answers.push(done));
  channel.post('hola');
  await settle();
  world.pass(5_000);
  server.stream.event(event(12));
  await settle();
  world.socket.welcome();
  const { id, since } = world.socket.take('subscribe');
  assert.equal(since, 12);
  answers[0](json({ room: 'lobby', client_id: seen.posts[0].client_id, seq: 13, duplicate: false }));
  await settle();
  world.socket.say({ type: 'subscribed', id, room: 'lobby', seq: 13, recovered: true, events: [event(13)] });
  const again = world.socket.take('post');
  assert.equal(again.client_id, seen.posts[0].client_id);
  world.socket.say({ type: 'ack', id: again.id, room: 'lobby', client_id: again.client_id, seq: 13, duplicate: true });
  assert.deepEqual([seen.seqs, seen.posts.at(-1).state], [[11, 12, 13], 'delivered']);
  assert.deepEqual([state().via, server.stream.left], ['websocket', true]);
  assert.deepEqual(new Set(sinceOnline(seen.states)), new Set(['online']));
});
