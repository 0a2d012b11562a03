import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../app/chat/static/chat/client/tertulia.js';
import { event, settle, Surroundings } from './surroundings.js';

const berto = { id: 2, name: 'berto' };
const carla = { id: 3, name: 'carla', picture: '/people/3/1.webp' };

/** A client of ana's that is subscribed to the lobby and writes down what it is told of who is there. */
function lobby(handlers) {
  const world = new Surroundings();
  const told = { here: [], typing: [], unread: [], lost: [] };
  const client = connect({
    env: world.env,
    onUnread: ({ room, unread, mentions }) => told.unread.push([room, unread, mentions]),
    onLost: (room, reason) => told.lost.push([room, reason]),
  });
  const channel = client.subscribe('lobby', {
    since: 10,
    onPresence: (users, count) => told.here.push([...users.map(({ name }) => name), count]),
    onTyping: (users) => told.typing.push(users.map(({ name }) => name)),
    ...handlers,
  });
  return { world, client, channel, told };
}

function welcome({ socket }) {
  socket.welcome();
  const { id } = socket.take('subscribe');
  socket.say({ type: 'subscribed', id, room: 'lobby', seq: 10, recovered: true, events: [] });
}

function present({ socket }, users, count = users.length) {
  const { id, room } = socket.take('presence');
  socket.say({ type: 'present', id, room, users, count });
}

function scene(handlers) {
  const all = lobby(handlers);
  welcome(all.world);
  return all;
}

const types = ({ socket }, user) => socket.say({ type: 'typing', room: 'lobby', user });

test('who is here is asked for after each subscription, and kept up to date', () => {
  const { world, told } = scene();
  present(world, [berto]);
  world.socket.say({ type: 'presence', room: 'lobby', joined: [carla], left: [], count: 2 });
  world.socket.say({ type: 'presence', room: 'lobby', joined: [], left: [berto], count: 1 });
  assert.deepEqual(told.here, [['berto', 1], ['berto', 'carla', 2], ['carla', 1]]);
  world.socket.drop(1006);
  world.pass(30_000);
  welcome(world);
  present(world, [berto], 300);
  assert.deepEqual(told.here.at(-1), ['berto', 300]);
});

test('a page that does not want to know does not ask', () => {
  const { world } = scene({ onPresence: undefined });
  assert.deepEqual(world.socket.sent, []);
});

test('where it cannot be said who is here it is asked again', () => {
  const { world, told } = scene();
  const { id } = world.socket.take('presence');
  world.socket.say({ type: 'error', id, code: 'unavailable', message: '', retry_after: 2 });
  world.pass(1999);
  assert.deepEqual(world.socket.sent, []);
  world.pass(1);
  present(world, [carla]);
  assert.deepEqual(told.here, [['carla', 1]]);
  world.pass(10_000);
  assert.deepEqual(world.socket.sent, []);
});

test('where the server refuses it is not asked again', () => {
  const { world } = scene();
  const { id } = world.socket.take('presence');
  world.socket.say({ type: 'error', id, code: 'not_found', message: '' });
  world.pass(10_000);
  assert.deepEqual(world.socket.sent, []);
});

test('who types is forgotten after five seconds, from when it was said last', () => {
  const { world, told } = scene();
  types(world, berto);
  world.pass(4000);
  types(world, carla);
  types(world, berto);
  world.pass(4999);
  assert.deepEqual(told.typing, [['berto'], ['berto', 'carla'], ['berto', 'carla']]);
  world.pass(1);
  assert.deepEqual(told.typing.slice(3), [['berto'], []]);
});

test('who has said it types no more, and nobody does once the connection is lost', () => {
  const { world, told } = scene();
  types(world, carla);
  types(world, berto);
  world.socket.say(event(11));
  assert.deepEqual(told.typing.at(-1), ['carla']);
  world.socket.say(event(12));
  assert.equal(told.typing.length, 3);
  world.socket.drop(1006);
  assert.deepEqual(told.typing.at(-1), []);
  world.pass(10_000);
  assert.equal(told.typing.length, 4);
});

test('that one types oneself is told once in three seconds', () => {
  const { world, channel } = scene({ onPresence: undefined });
  channel.typing();
  channel.typing();
  world.pass(2999);
  channel.typing();
  assert.deepEqual(world.socket.take('typing').room, 'lobby');
  assert.deepEqual(world.socket.sent, []);
  world.pass(1);
  channel.typing();
  world.socket.take('typing');
  world.socket.drop(1006);
  world.pass(5000);
  channel.typing();
  assert.deepEqual(world.socket.sent.filter(({ type }) => type === 'typing'), []);
});

test('a channel that was left is told nothing, and has told what was read', () => {
  const { world, channel, told } = scene();
  present(world, [berto]);
  channel.read(11);
  channel.read(12);
  channel.unsubscribe();
  assert.deepEqual(world.socket.sent.map(({ type, seq }) => [type, seq]), [
    ['read', 11],
    ['read', 12],
    ['unsubscribe', undefined],
  ]);
  types(world, berto);
  world.socket.say({ type: 'presence', room: 'lobby', joined: [carla], left: [], count: 2 });
  world.pass(10_000);
  assert.deepEqual([told.here, told.typing], [[['berto', 1]], []]);
});

test('the page is told of its other rooms, and of those that it loses', () => {
  const { world, told } = scene({ onPresence: undefined });
  world.socket.say({ type: 'unread', room: 'patio', unread: 3, mentions: 1 });
  world.socket.say({ type: 'unsubscribed', room: 'patio', reason: 'removed' });
  world.socket.say({ type: 'unsubscribed', room: 'lobby', reason: 'room_deleted' });
  types(world, berto);
  assert.deepEqual(told, {
    here: [],
    typing: [],
    unread: [['patio', 3, 1]],
    lost: [['patio', 'removed'], ['lobby', 'room_deleted']],
  });
});

test('what the client does not know, and answers that nobody waits for, change nothing', () => {
  const { world, told } = scene();
  present(world, [berto]);
  world.socket.say({ type: 'ack', id: 999, room: 'lobby', seq: 10 });
  world.socket.say({ type: 'weather', room: 'lobby', users: [] });
  assert.deepEqual([told.here, world.reported], [[['berto', 1]], []]);
});

test('without WebSocket what is unread is asked for every half minute, and of the rooms beside it', async () => {
  const { world, told } = lobby();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    world.socket.drop(1006);
    world.pass(10_000);
  }
  await settle();
  const { server } = world;
  server.stream.subscribed(10);
  await settle();
  const room = (slug, unread) => ({ slug, unread, mentions: 0 });
  server.rooms = () => Response.json([room('lobby', 4), room('patio', 2)]);
  assert.deepEqual([told.here, told.unread, world.socket.readyState], [[], [], 3]);
  for (let passed = 0; passed < 60; passed += 10) {
    world.pass(10_000);
    if (world.socket.readyState === 1) world.socket.drop(1006);
    server.stream.say(':\n\n');
    await settle();
  }
  assert.deepEqual(told.unread, [['patio', 2, 0], ['patio', 2, 0]]);
});
