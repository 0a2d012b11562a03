import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connection } from '../../app/chat/static/chat/connection.js';
import { Surroundings } from './surroundings.js';

function connected() {
  const world = new Surroundings();
  const states = [];
  const frames = [];
  const connection = new Connection('ws://here/ws/chat/', world.env, (s) => states.push(s), (f) => frames.push(f));
  connection.open();
  world.socket.welcome();
  return { world, connection, frames, state: () => states.at(-1) };
}

test('it is online once the server said welcome', () => {
  const world = new Surroundings();
  const states = [];
  const connection = new Connection('ws://here/', world.env, (s) => states.push(s.name), () => {});
  connection.open();
  assert.equal(connection.online, false);
  assert.equal(connection.send({ type: 'ping', id: 1 }), false);
  world.socket.welcome();
  assert.equal(connection.online, true);
  assert.deepEqual(states, ['connecting', 'online']);
});

test('frames are handed on, those of the connection itself are not', () => {
  const { world, frames } = connected();
  world.socket.say({ type: 'ack', id: 1 });
  assert.deepEqual(frames, [{ type: 'ack', id: 1 }]);
});

test('a lost connection is opened again, waiting longer each time', () => {
  const { world, state } = connected();
  const waits = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const before = world.sockets.length;
    world.socket.drop(1006);
    assert.equal(state().name, 'waiting');
    waits.push(state().until - world.env.now());
    world.pass(state().until - world.env.now() - 1);
    assert.equal(world.sockets.length, before);
    world.pass(1);
    assert.equal(world.sockets.length, before + 1);
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
});

test('a connection that lasted starts the backoff afresh, one that did not does not', () => {
  const { world, state } = connected();
  const wait = () => state().until - world.env.now();
  world.socket.drop(4408);
  world.pass(wait());
  world.socket.welcome();
  world.socket.drop(4408);
  assert.equal(wait(), 500);
  world.pass(wait());
  world.socket.welcome();
  world.pass(10_000);
  world.socket.drop(1012);
  assert.equal(wait(), 250);
});

for (const [code, reason] of [[4401, 'signed_out'], [4403, 'forbidden'], [4409, 'too_many_sockets']]) {
  test(`${code} stops: ${reason}`, () => {
    const { world, connection, state } = connected();
    world.socket.drop(code);
    assert.deepEqual(state(), { name: 'stopped', reason });
    connection.wake();
    world.pass(600_000);
    assert.equal(world.sockets.length, 1);
  });
}

test('a person may open a stopped one again', () => {
  const { world, connection, state } = connected();
  world.socket.drop(4409);
  connection.open();
  world.socket.welcome();
  assert.equal(state().name, 'online');
});

test('4429 waits half a minute, whatever wakes it', () => {
  const { world, connection, state } = connected();
  world.socket.drop(4429);
  assert.equal(state().until - world.env.now(), 30_000);
  connection.wake();
  world.pass(29_999);
  assert.equal(world.sockets.length, 1);
  world.pass(1);
  assert.equal(world.sockets.length, 2);
});

test('a worker that leaves says when to come back', () => {
  const { world } = connected();
  world.socket.say({ type: 'reconnect', after_ms: 4000 });
  world.pass(3999);
  assert.equal(world.sockets.length, 1);
  world.pass(1);
  assert.equal(world.sockets.length, 2);
  assert.equal(world.sockets[0].readyState, 3);
});

test('a worker that closes earlier is not asked to hurry', () => {
  const { world, connection } = connected();
  world.socket.say({ type: 'reconnect', after_ms: 4000 });
  world.pass(1000);
  world.socket.drop(1012);
  connection.wake();
  world.pass(2999);
  assert.equal(world.sockets.length, 1);
  world.pass(1);
  assert.equal(world.sockets.length, 2);
});

test('it pings every 25 s, and an answer keeps it', () => {
  const { world, state } = connected();
  for (let round = 0; round < 10; round += 1) {
    world.pass(25_000);
    const ping = world.socket.take('ping');
    world.pass(9_000);
    world.socket.say({ type: 'pong', id: ping.id });
    world.pass(1_000);
    assert.equal(state().name, 'online');
    world.pass(15_000);
    world.socket.take('ping');
    world.socket.say({ type: 'event' });
  }
  assert.equal(world.sockets.length, 1);
});

test('a peer that does not answer is dead within 35 s', () => {
  const { world, state } = connected();
  world.pass(34_999);
  assert.equal(state().name, 'online');
  world.pass(1);
  assert.equal(state().name, 'waiting');
  assert.equal(world.sockets[0].readyState, 3);
});

test('a handshake that leads nowhere is given up', () => {
  const world = new Surroundings();
  const connection = new Connection('ws://here/', world.env, () => {}, () => {});
  connection.open();
  world.pass(15_000 + 250);
  assert.equal(world.sockets.length, 2);
});

test('waking up does not wait for the backoff', () => {
  const { world, connection } = connected();
  world.socket.drop(1006);
  connection.wake();
  assert.equal(world.sockets.length, 2);
  world.socket.welcome();
  world.pass(20_000);
  assert.equal(world.sockets.length, 2);
});

test('waking up asks an open connection whether it lives', () => {
  const { world, connection, state } = connected();
  connection.wake();
  world.socket.take('ping');
  world.pass(10_000);
  assert.equal(state().name, 'waiting');
});

test('what an abandoned socket still says is not heard', () => {
  const { world, connection, frames, state } = connected();
  const [old] = world.sockets;
  connection.restart();
  world.pass(250);
  world.socket.welcome();
  old.say({ type: 'event' });
  old.drop(4401);
  assert.deepEqual([frames, state().name], [[], 'online']);
});
