import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browser } from '../../app/chat/static/chat/client/environment.js';
import { connect } from '../../app/chat/static/chat/client/tertulia.js';
import { event, Profile, settle, Surroundings } from './surroundings.js';

/** A client of ana's in the lobby, where she knows everything up to seq 10. */
function lobby({ onReset = () => Promise.reject(new Error('not expected')), since = 10, profile = null, user } = {}) {
  const world = new Surroundings(profile);
  const seen = { seqs: [], posts: [], closed: [], states: [] };
  const client = connect({ user, env: world.env, onState: (s) => seen.states.push(s.name) });
  const channel = client.subscribe('lobby', {
    since,
    onEvents: (events) => seen.seqs.push(...events.map((one) => one.seq)),
    onReset,
    onPost: (post) => seen.posts.push(post),
    onClosed: (reason) => seen.closed.push(reason),
  });
  const last = () => seen.posts.at(-1);
  return { world, client, channel, seen, last };
}

/** The same, connected and subscribed. */
function subscribed(options) {
  const scene = lobby(options);
  scene.world.socket.welcome();
  answerSubscribe(scene.world);
  return scene;
}

function answerSubscribe({ socket }, more = {}) {
  const { id, since } = socket.take('subscribe');
  const answer = { type: 'subscribed', id, room: 'lobby', seq: since ?? 10, recovered: true, events: [], ...more };
  socket.say(answer);
  return since;
}

function ack(socket, { id, client_id }, seq, duplicate = false) {
  socket.say({ type: 'ack', id, room: 'lobby', client_id, seq, duplicate });
}

const refuse = (socket, { id }, code, more = {}) => socket.say({ type: 'error', id, code, message: '', ...more });

test('it subscribes with the last seq it knows and takes what it missed', () => {
  const { world, seen } = lobby();
  world.socket.welcome();
  assert.equal(answerSubscribe(world, { seq: 12, events: [event(11), event(12)] }), 10);
  world.socket.say(event(13));
  assert.deepEqual(seen.seqs, [11, 12, 13]);
});

test('without a seq it takes what comes from now on', () => {
  const { world, seen } = lobby({ since: null });
  world.socket.welcome();
  assert.equal(answerSubscribe(world, { seq: 40 }), undefined);
  world.socket.say(event(41));
  assert.deepEqual(seen.seqs, [41]);
});

test('after a reconnect it goes on from where it was', () => {
  const { world, seen } = subscribed();
  world.socket.say(event(11));
  world.socket.drop(1006);
  world.pass(30_000);
  world.socket.welcome();
  assert.equal(answerSubscribe(world, { seq: 13, events: [event(12), event(13)] }), 11);
  assert.deepEqual(seen.seqs, [11, 12, 13]);
});

test('doubles are not handed on', () => {
  const { world, seen } = subscribed();
  for (const seq of [11, 11, 10, 12]) world.socket.say(event(seq));
  assert.deepEqual(seen.seqs, [11, 12]);
});

test('a gap is never shown: what is missing is asked for first', () => {
  const { world, seen } = subscribed();
  world.socket.say(event(12));
  world.socket.say(event(13));
  assert.deepEqual(seen.seqs, []);
  assert.equal(answerSubscribe(world, { seq: 13, events: [event(11), event(12), event(13)] }), 10);
  assert.deepEqual(seen.seqs, [11, 12, 13]);
});

test('a server that keeps leaving gaps is asked once a second', () => {
  const { world } = subscribed();
  world.socket.say(event(12));
  answerSubscribe(world);
  world.socket.say(event(12));
  assert.equal(world.socket.sent.length, 0);
  world.pass(1000);
  answerSubscribe(world);
});

test('many events behind a gap ask once', () => {
  const { world } = subscribed();
  world.socket.say(event(12));
  answerSubscribe(world);
  for (let seq = 13; seq < 63; seq += 1) world.socket.say(event(seq));
  assert.equal(world.socket.sent.length, 0);
  world.pass(1000);
  const missed = Array.from({ length: 52 }, (_, index) => event(11 + index));
  answerSubscribe(world, { seq: 62, events: missed });
  world.pass(20_000);
  assert.equal(world.socket.sent.length, 0);
});

test('what cannot be recovered is loaded afresh, and what arrives meanwhile follows', async () => {
  let loaded;
  const { world, seen } = lobby({ onReset: () => new Promise((done) => (loaded = done)) });
  world.socket.welcome();
  answerSubscribe(world, { seq: 900, recovered: false });
  world.socket.say(event(901));
  world.socket.say(event(902));
  assert.deepEqual(seen.seqs, []);
  await settle();
  loaded(901);
  await settle();
  world.socket.say(event(903));
  assert.deepEqual(seen.seqs, [902, 903]);
});

test('a page that cannot be loaded is asked for again', async () => {
  let tries = 0;
  const onReset = () => (++tries < 3 ? Promise.reject(new Error('503')) : Promise.resolve(900));
  const { world, seen } = lobby({ onReset });
  world.socket.welcome();
  answerSubscribe(world, { seq: 900, recovered: false });
  for (let round = 0; round < 4; round += 1) {
    await settle();
    world.pass(1000 + 500 * 2 ** round);
  }
  await settle();
  world.socket.say(event(901));
  assert.deepEqual([tries, seen.seqs], [3, [901]]);
});

test('a page that comes after the connection was lost is not gone on from', async () => {
  const loads = [];
  const { world, seen } = lobby({ onReset: () => new Promise((done) => loads.push(done)) });
  world.socket.welcome();
  answerSubscribe(world, { seq: 900, recovered: false });
  await settle();
  world.socket.drop(1006);
  loads[0](900);
  await settle();
  world.pass(30_000);
  world.socket.welcome();
  assert.equal(answerSubscribe(world, { seq: 950, recovered: false }), 10);
  await settle();
  loads[1](950);
  await settle();
  world.socket.say(event(951));
  assert.deepEqual(seen.seqs, [951]);
});

test('a page that is slow to load does not put itself over a newer one', async () => {
  const loads = [];
  let page = [];
  const onReset = async () => {
    page = await new Promise((done) => loads.push(done));
    return page.at(-1);
  };
  const { world, seen } = lobby({ onReset });
  world.socket.welcome();
  answerSubscribe(world, { seq: 900, recovered: false });
  await settle();
  world.socket.drop(1006);
  world.pass(30_000);
  world.socket.welcome();
  answerSubscribe(world, { seq: 903, recovered: false });
  await settle();
  assert.equal(loads.length, 1);
  loads[0]([898, 899, 900]);
  await settle();
  loads[1]([901, 902, 903]);
  await settle();
  world.socket.say(event(904));
  assert.deepEqual([...page, ...seen.seqs], [901, 902, 903, 904]);
});

test('a subscription is asked for again when the server is busy', () => {
  const { world, seen } = lobby();
  world.socket.welcome();
  refuse(world.socket, world.socket.take('subscribe'), 'unavailable', { retry_after: 3 });
  world.pass(2999);
  assert.equal(world.socket.sent.length, 0);
  world.pass(1);
  answerSubscribe(world, { seq: 11, events: [event(11)] });
  assert.deepEqual([seen.seqs, seen.closed], [[11], []]);
});

test('a room that is not ours is closed, and not asked for again', () => {
  const { world, seen } = lobby();
  world.socket.welcome();
  refuse(world.socket, world.socket.take('subscribe'), 'not_found');
  world.socket.drop(1012);
  world.pass(60_000);
  world.socket.welcome();
  assert.deepEqual([seen.closed, world.socket.sent], [['not_found'], []]);
});

test('being removed closes the room and what was written there fails', () => {
  const { world, channel, seen, last } = subscribed();
  channel.post('hola');
  world.socket.say({ type: 'unsubscribed', room: 'lobby', reason: 'removed' });
  assert.deepEqual(seen.closed, ['removed']);
  assert.deepEqual([last().state, last().code], ['failed', 'forbidden']);
});

test('an answer that never comes costs the connection', () => {
  const { world, client } = lobby();
  world.socket.welcome();
  world.socket.take('subscribe');
  world.pass(19_000);
  world.socket.say({ type: 'pong', id: 'ping' });
  assert.equal(client.state.name, 'online');
  world.pass(1000);
  assert.equal(client.state.name, 'waiting');
});

test('a post is shown at once, sent, and acknowledged', () => {
  const { world, client, channel, seen } = subscribed();
  channel.post('hola');
  const frame = world.socket.take('post');
  assert.deepEqual([frame.room, frame.body], ['lobby', 'hola']);
  assert.equal(client.safe, false);
  ack(world.socket, frame, 11);
  assert.deepEqual(seen.posts.map((post) => post.state), ['queued', 'sent', 'delivered']);
  assert.equal(seen.posts[2].seq, 11);
  assert.equal(client.safe, true);
});

test('posts written while away are sent in order once connected', () => {
  const { world, channel } = lobby();
  channel.post('one');
  channel.post('two');
  world.socket.welcome();
  answerSubscribe(world);
  const one = world.socket.take('post');
  assert.equal(world.socket.sent.length, 0);
  ack(world.socket, one, 11);
  assert.equal(world.socket.take('post').body, 'two');
});

test('what was not acknowledged is sent again with its own client_id', () => {
  const { world, channel, last } = subscribed();
  channel.post('hola');
  const first = world.socket.take('post');
  world.socket.drop(1006);
  assert.equal(last().state, 'queued');
  world.pass(30_000);
  world.socket.welcome();
  answerSubscribe(world, { seq: 11, events: [event(11, { data: { client_id: first.client_id } })] });
  const again = world.socket.take('post');
  assert.equal(again.client_id, first.client_id);
  ack(world.socket, again, 11, true);
  assert.equal(last().state, 'delivered');
});

for (const code of ['rate_limited', 'unavailable']) {
  test(`${code}: it is sent again by itself, and nothing overtakes it`, () => {
    const { world, channel, last } = subscribed();
    channel.post('one');
    channel.post('two');
    const first = world.socket.take('post');
    refuse(world.socket, first, code, { retry_after: 1.5 });
    world.pass(1499);
    assert.equal(world.socket.sent.length, 0);
    assert.equal(last().state, 'queued');
    world.pass(1);
    const again = world.socket.take('post');
    assert.equal(again.client_id, first.client_id);
    ack(world.socket, again, 11);
    assert.equal(world.socket.take('post').body, 'two');
  });
}

test('without a retry_after it waits two seconds', () => {
  const { world, channel } = subscribed();
  channel.post('one');
  refuse(world.socket, world.socket.take('post'), 'unavailable');
  world.pass(2000);
  world.socket.take('post');
});

test('another error fails the post and the next one goes', () => {
  const { world, channel, seen } = subscribed();
  channel.post('one');
  channel.post('two');
  refuse(world.socket, world.socket.take('post'), 'too_long');
  assert.deepEqual(seen.posts.filter((post) => post.state === 'failed').map((post) => post.code), ['too_long']);
  assert.equal(world.socket.take('post').body, 'two');
});

test('a post that the server could not even read fails, and the next one goes', () => {
  const { world, client, channel, seen } = subscribed();
  channel.post('one');
  channel.post('two');
  world.socket.take('post');
  world.socket.say({ type: 'error', code: 'bad_frame', message: '' });
  assert.deepEqual(seen.posts.filter((post) => post.state === 'failed').map((post) => post.code), ['bad_frame']);
  ack(world.socket, world.socket.take('post'), 11);
  world.socket.say({ type: 'error', code: 'bad_frame', message: '' });
  world.pass(20_000);
  assert.equal(client.state.name, 'online');
});

test('another error that names no request fails nothing', () => {
  const { world, channel, last } = subscribed();
  channel.post('one');
  const frame = world.socket.take('post');
  world.socket.say({ type: 'error', code: 'unavailable', message: '' });
  refuse(world.socket, { id: 999 }, 'bad_frame');
  assert.equal(last().state, 'sent');
  ack(world.socket, frame, 11);
  assert.equal(last().state, 'delivered');
});

test('a failed post is tried again with the same client_id, or discarded', () => {
  const { world, client, channel, last } = subscribed();
  channel.post('hola');
  const first = world.socket.take('post');
  refuse(world.socket, first, 'forbidden');
  client.retry(first.client_id);
  const again = world.socket.take('post');
  assert.equal(again.client_id, first.client_id);
  refuse(world.socket, again, 'forbidden');
  client.discard(first.client_id);
  assert.deepEqual([last().state, client.safe], ['discarded', true]);
});

test('a frame that was too large is not sent again', () => {
  const { world, channel, last } = subscribed();
  channel.post('hola');
  world.socket.take('post');
  world.socket.drop(1009);
  assert.deepEqual([last().state, last().code], ['failed', 'too_long']);
  world.pass(30_000);
  world.socket.welcome();
  answerSubscribe(world);
  assert.deepEqual(world.socket.sent, []);
});

test('what was written waits while the connection is stopped', () => {
  const { world, client, channel, last } = subscribed();
  world.socket.drop(4409);
  channel.post('hola');
  assert.equal(last().state, 'queued');
  client.reopen();
  world.socket.welcome();
  answerSubscribe(world);
  assert.equal(world.socket.take('post').body, 'hola');
});

test('what was read is told at once, then at most every two seconds, and never backwards', () => {
  const { world, channel } = subscribed();
  channel.read(11);
  assert.equal(world.socket.take('read').seq, 11);
  for (const seq of [12, 13, 12]) channel.read(seq);
  assert.equal(world.socket.sent.length, 0);
  world.pass(2000);
  assert.equal(world.socket.take('read').seq, 13);
  world.pass(2000);
  assert.equal(world.socket.sent.length, 0);
});

test('what was read while away is told once connected', () => {
  const { world, channel } = lobby();
  channel.read(10);
  world.socket.welcome();
  answerSubscribe(world);
  assert.equal(world.socket.take('read').seq, 10);
});

test('what was read is told again on the next line, for nobody knows whether it arrived', () => {
  const { world, channel } = subscribed();
  channel.read(10);
  world.socket.take('read');
  world.socket.drop(1006);
  world.pass(30_000);
  world.socket.welcome();
  answerSubscribe(world);
  assert.equal(world.socket.take('read').seq, 10);
});

test('frames, events and fields that are not known are passed over', () => {
  const { world, seen } = subscribed();
  world.socket.say({ type: 'hologram', room: 'lobby' });
  world.socket.say({ ...event(1), room: 'elsewhere' });
  world.socket.say({ type: 'ack', id: 999, room: 'lobby', seq: 1 });
  world.socket.say(event(11, { kind: 'poll.opened', extra: 1 }));
  assert.deepEqual(seen.seqs, [11]);
});

// --- what other pages use ---

test('a page may leave out whatever it does not care for', async () => {
  const { world, client } = lobby();
  const channel = client.subscribe('plaza');
  world.socket.welcome();
  world.socket.take('subscribe');
  const { id, room, since } = world.socket.take('subscribe');
  assert.deepEqual([room, since], ['plaza', undefined]);
  world.socket.say({ type: 'subscribed', id, room, seq: 4, recovered: false, events: [] });
  await settle();
  world.socket.say(event(5, { room: 'plaza' }));
  channel.post('hola');
  world.socket.say({ type: 'unsubscribed', room: 'plaza', reason: 'removed' });
});

test('a room that is unsubscribed is not heard any more, and not subscribed again', () => {
  const { world, channel, seen } = subscribed();
  channel.unsubscribe();
  assert.equal(world.socket.take('unsubscribe').room, 'lobby');
  world.socket.say(event(11));
  world.socket.drop(1012);
  world.pass(500);
  world.socket.welcome();
  assert.deepEqual([seen.seqs, world.socket.sent], [[], []]);
});

test('an answer for a room that was unsubscribed meanwhile is not handed on', () => {
  const { world, channel, seen } = lobby();
  world.socket.welcome();
  const { id } = world.socket.take('subscribe');
  channel.unsubscribe();
  world.socket.say({ type: 'subscribed', id, room: 'lobby', seq: 11, recovered: true, events: [event(11)] });
  channel.read(11);
  assert.deepEqual([seen.seqs, world.socket.sent.map((frame) => frame.type)], [[], ['unsubscribe']]);
});

test('a second subscription replaces the first, which neither speaks nor ends the second', () => {
  const { world, client, channel, seen } = lobby();
  world.socket.welcome();
  const first = world.socket.take('subscribe');
  const seqs = [];
  client.subscribe('lobby', { since: 10, onEvents: (events) => seqs.push(...events.map((one) => one.seq)) });
  world.socket.say({ type: 'subscribed', id: first.id, room: 'lobby', seq: 11, recovered: true, events: [event(11)] });
  channel.unsubscribe();
  answerSubscribe(world, { seq: 11, events: [event(11)] });
  world.socket.say(event(12));
  assert.deepEqual([seen.seqs, seqs, world.socket.sent], [[], [11, 12], []]);
});

test('a callback that throws is reported, and costs neither events nor posts', () => {
  const world = new Surroundings();
  const broken = () => {
    throw new Error('of the page');
  };
  const client = connect({ env: world.env, onState: broken, onPost: broken });
  client.post('lobby', 'one');
  client.post('lobby', 'two');
  let calls = 0;
  const onEvents = () => {
    calls += 1;
    broken();
  };
  client.subscribe('lobby', { since: 10, onEvents, onPost: broken, onClosed: broken });
  world.socket.welcome();
  answerSubscribe(world);
  for (const seq of [11, 12]) {
    world.socket.say(event(seq));
    ack(world.socket, world.socket.take('post'), seq);
  }
  assert.deepEqual([calls, client.posts, world.socket.sent], [2, [], []]);
  world.socket.say({ type: 'unsubscribed', room: 'lobby', reason: 'removed' });
  assert.deepEqual([...new Set(world.reported.map(String))], ['Error: of the page']);
});

test('the browser is told of such an error as of one that nobody caught', (scene) => {
  const error = new Error('of the page');
  const told = [];
  scene.mock.method(console, 'error', (one) => told.push(['console', one]));
  browser.report(error);
  globalThis.reportError = (one) => told.push(['browser', one]);
  scene.after(() => Reflect.deleteProperty(globalThis, 'reportError'));
  browser.report(error);
  assert.deepEqual(told, [['console', error], ['browser', error]]);
});

test('a reply names what it answers', () => {
  const { world, channel } = subscribed();
  channel.post('no', { reply_to: 7 });
  assert.equal(world.socket.take('post').reply_to, 7);
});

// --- edits, deletions, reactions ---

/** Writes one of each kind: [what is sent, without its ids; how]. */
const KINDS = [
  [{ type: 'edit', room: 'lobby', seq: 7, body: 'better' }, (channel) => channel.edit(7, 'better')],
  [{ type: 'delete', room: 'lobby', seq: 7 }, (channel) => channel.remove(7)],
  [{ type: 'react', room: 'lobby', seq: 7, emoji: '👍', on: true }, (channel) => channel.react(7, '👍', true)],
  [{ type: 'react', room: 'lobby', seq: 7, emoji: '👍', on: false }, (channel) => channel.react(7, '👍', false)],
];

for (const [frame, write] of KINDS) {
  test(`a write of the kind ${frame.type} (${frame.on}) is sent, acknowledged and shown apart from posts`, () => {
    const writes = [];
    const everywhere = [];
    const world = new Surroundings(null);
    const posts = [];
    const client = connect({ env: world.env, onWrite: (one) => everywhere.push(one), onPost: (one) => posts.push(one) });
    const onPost = (one) => posts.push(one);
    const channel = client.subscribe('lobby', { since: 10, onWrite: (one) => writes.push(one), onPost });
    write(channel);
    world.socket.welcome();
    answerSubscribe(world);
    const { id, client_id, ...sent } = world.socket.take(frame.type);
    assert.deepEqual(sent, frame);
    assert.equal(client_id, writes[0].client_id);
    ack(world.socket, { id, client_id }, 12);
    assert.deepEqual(writes.map((one) => one.state), ['queued', 'sent', 'delivered']);
    assert.deepEqual([writes.at(-1).of, writes.at(-1).seq, writes.at(-1).kind], [7, 12, frame.type]);
    assert.deepEqual(everywhere, writes);
    assert.deepEqual([posts, client.posts], [[], []]);
  });
}

test('writes of all kinds go one after another, in the order in which they were made', () => {
  const { world, channel, client } = subscribed();
  channel.post('one');
  channel.edit(7, 'two');
  channel.react(7, '👍', true);
  channel.remove(7);
  channel.post('five');
  const sent = [];
  for (const type of ['post', 'edit', 'react', 'delete', 'post']) {
    const frame = world.socket.take(type);
    sent.push(frame.type);
    assert.equal(client.posts.filter(({ state }) => state === 'sent').length, 1);
    ack(world.socket, frame, 11 + sent.length);
  }
  assert.deepEqual(client.posts, []);
});

test('an edit that was not acknowledged is sent again with its own client_id', () => {
  const { world, channel } = subscribed();
  channel.edit(7, 'better');
  const first = world.socket.take('edit');
  world.socket.drop(1006);
  world.pass(30_000);
  world.socket.welcome();
  answerSubscribe(world);
  const again = world.socket.take('edit');
  assert.deepEqual([again.client_id, again.seq, again.body], [first.client_id, 7, 'better']);
});

test('an edit that the server could not even read fails, and the next one goes', () => {
  const { world, channel, client } = subscribed();
  channel.edit(7, 'better');
  channel.remove(7);
  world.socket.take('edit');
  world.socket.say({ type: 'error', code: 'bad_frame', message: '' });
  assert.deepEqual(client.posts.map(({ kind, state, code }) => [kind, state, code])[0], ['edit', 'failed', 'bad_frame']);
  ack(world.socket, world.socket.take('delete'), 12);
});

test('a reaction that is refused fails and can be discarded', () => {
  const { world, channel, client } = subscribed();
  channel.react(7, '👍', true);
  refuse(world.socket, world.socket.take('react'), 'forbidden', { retry_after: 60 });
  const [{ client_id, state, code }] = client.posts;
  assert.deepEqual([state, code], ['failed', 'forbidden']);
  client.discard(client_id);
  assert.deepEqual(client.posts, []);
});

test('a post names its files by their ids, and keeps what is known of them', () => {
  const { world, channel, last } = subscribed();
  const upload = { id: 'x', name: 'a.txt', size: 5 };
  channel.post('', { uploads: [upload, 'y'] });
  const frame = world.socket.take('post');
  assert.deepEqual([frame.body, frame.uploads], ['', ['x', 'y']]);
  assert.deepEqual(last().uploads, [upload, 'y']);
});

test('a client that is closed says so and nothing more', () => {
  const { world, client, seen } = subscribed();
  client.close();
  world.pass(600_000);
  assert.deepEqual([seen.states.at(-1), world.sockets.length, world.socket.readyState], ['stopped', 1, 3]);
});

// --- interruptions ---

test('an interruption of less than two seconds is not told', () => {
  const { world, client, seen } = subscribed();
  world.socket.drop(1012);
  assert.equal(client.state.name, 'waiting');
  world.pass(1999);
  world.socket.welcome();
  answerSubscribe(world);
  assert.deepEqual(seen.states, ['connecting', 'online', 'online']);
});

test('a longer one is told as it stands then', () => {
  const { world, seen } = subscribed();
  world.online = false;
  world.socket.drop(1006);
  world.pass(1999);
  assert.equal(seen.states.at(-1), 'online');
  world.pass(1);
  assert.equal(seen.states.at(-1), 'waiting');
});

test('what was under way on the line before is asked again on the next one', () => {
  const { world, channel, seen, last } = subscribed();
  channel.post('hola');
  const { client_id } = world.socket.take('post');
  const [old] = world.sockets;
  old.say({ type: 'reconnect', after_ms: 1000 });
  world.pass(800);
  old.say(event(11));
  world.socket.welcome();
  assert.equal(answerSubscribe(world, { seq: 12, events: [event(12)] }), 11);
  const again = world.socket.take('post');
  assert.equal(again.client_id, client_id);
  ack(world.socket, again, 12, true);
  assert.deepEqual([seen.seqs, last().state], [[11, 12], 'delivered']);
  assert.deepEqual(seen.states, ['connecting', 'online', 'online']);
});

// --- what is kept ---

test('a post written offline is there and sent after a reload, whatever room is open', async () => {
  const profile = new Profile();
  const before = lobby({ profile, user: 1 });
  before.world.online = false;
  before.world.socket.drop(1006);
  before.channel.post('hola');
  before.client.post('plaza', 'in another room');
  await settle();
  assert.equal(before.client.safe, true);
  profile.crash(before.world);

  const after = lobby({ profile, user: 1 });
  await settle();
  assert.deepEqual(after.seen.posts.map((post) => [post.body, post.state]).at(-1), ['hola', 'queued']);
  after.world.socket.welcome();
  answerSubscribe(after.world);
  const sent = [];
  for (let seq = 11; seq < 13; seq += 1) {
    const frame = after.world.socket.take('post');
    sent.push([frame.room, frame.body, frame.client_id]);
    ack(after.world.socket, frame, seq);
  }
  assert.deepEqual(sent.map(([room]) => room), ['lobby', 'plaza']);
  assert.equal(sent[0][2], before.last().client_id);
  await settle();
  assert.deepEqual([after.client.posts, after.world.socket.sent], [[], []]);
});

test('a room that is subscribed later shows what is pending in it', async () => {
  const { client } = lobby({ profile: new Profile(), user: 1 });
  client.post('plaza', 'hola');
  await settle();
  const posts = [];
  client.subscribe('plaza', { onPost: (post) => posts.push(post.body) });
  assert.deepEqual(posts, ['hola']);
});

test('a page of ana on which berto has signed in sends nothing and stops', async () => {
  const { world, channel, client, last } = lobby({ profile: new Profile(), user: 1 });
  channel.post('hola');
  await settle();
  world.socket.welcome({ id: 2, name: 'berto' });
  await settle();
  assert.deepEqual([client.state.name, client.state.reason], ['stopped', 'other_user']);
  assert.deepEqual([world.socket.sent, last().state, world.socket.readyState], [[], 'queued', 3]);
});

test('where the page does not say who it is for, the first welcome does', async () => {
  const profile = new Profile();
  const { world, channel, client } = lobby({ profile });
  channel.post('hola');
  await settle();
  assert.equal(client.safe, false);
  world.socket.welcome();
  answerSubscribe(world);
  await settle();
  assert.equal(world.socket.take('post').body, 'hola');
  world.socket.drop(1012);
  world.pass(500);
  world.socket.welcome({ id: 2, name: 'berto' });
  assert.equal(client.state.reason, 'other_user');
});
