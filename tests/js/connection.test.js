import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connection } from '../../app/chat/static/chat/client/connection.js';
import { FakeSocket, Surroundings } from './surroundings.js';

/** A connection that is being opened. `others`: the sockets of the way without WebSocket. */
function opening() {
  const world = new Surroundings();
  const others = [];
  const states = [];
  const frames = [];
  const roads = {
    websocket: () => world.env.socket('ws://here/ws/chat/'),
    events: () => {
      others.push(new FakeSocket('events'));
      return others.at(-1);
    },
  };
  const connection = new Connection(roads, world.env, (s) => states.push(s), (f) => frames.push(f));
  connection.open();
  const state = () => states.at(-1);
  const wait = () => state().until - world.env.now();
  return { world, connection, frames, states, state, wait, others };
}

function connected() {
  const scene = opening();
  scene.world.socket.welcome();
  return scene;
}

/** Where no WebSocket gets through. */
function fallenBack() {
  const scene = opening();
  refuseThree(scene);
  scene.others[0].welcome();
  return scene;
}

function refuseThree({ world, wait, others }) {
  for (let attempt = 0; others.length === 0; attempt += 1) {
    world.socket.drop(1006);
    if (others.length === 0) world.pass(wait());
  }
}

const open = (sockets) => sockets.filter((socket) => socket.readyState === 1);

test('it is online once the server said welcome', () => {
  const { world, connection, states } = opening();
  assert.equal(connection.online, false);
  assert.equal(connection.send({ type: 'ping', id: 1 }), false);
  world.socket.welcome();
  assert.equal(connection.online, true);
  assert.deepEqual(states.map(({ name, via }) => [name, via]), [['connecting', undefined], ['online', 'websocket']]);
  assert.equal(states[1].user.name, 'ana');
});

test('frames are handed on, those of the connection itself are not', () => {
  const { world, frames } = connected();
  world.socket.say({ type: 'ack', id: 1 });
  assert.deepEqual(frames, [{ type: 'ack', id: 1 }]);
});

test('a lost connection is opened again, waiting longer each time', () => {
  const { world, wait, state } = connected();
  const waits = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const before = world.sockets.length;
    world.socket.drop(1001);
    assert.equal(state().name, 'waiting');
    waits.push(wait());
    world.pass(wait() - 1);
    assert.equal(world.sockets.length, before);
    world.pass(1);
    assert.equal(world.sockets.length, before + 1);
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
});

test('a connection that lasted starts the backoff afresh, one that did not does not', () => {
  const { world, wait } = connected();
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

test('who is refused after 1012 asks once more: the cookie of a new password may be on its way', () => {
  const { world, wait, state } = connected();
  world.socket.drop(1012);
  world.pass(wait());
  world.socket.drop(4401);
  assert.equal(state().name, 'waiting');
  world.pass(wait());
  world.socket.drop(4401);
  assert.deepEqual([state().name, state().reason], ['stopped', 'signed_out']);
});

test('once it is back, being signed out is final again', () => {
  const { world, wait, state } = connected();
  world.socket.drop(1012);
  world.pass(wait());
  world.socket.welcome();
  world.socket.drop(4401);
  assert.deepEqual([state().name, state().reason], ['stopped', 'signed_out']);
});

for (const [code, reason] of [[4401, 'signed_out'], [4403, 'forbidden'], [4409, 'too_many_sockets']]) {
  test(`${code} stops: ${reason}`, () => {
    const { world, state } = connected();
    world.socket.drop(code);
    assert.deepEqual(state(), { name: 'stopped', reason });
    world.look();
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

test('one that was ended stays so, whatever happens', () => {
  const { world, connection, state } = connected();
  connection.end();
  world.look();
  world.sleep(3_600_000);
  world.pass(600_000);
  assert.deepEqual([state().name, world.sockets.length, world.socket.readyState], ['stopped', 1, 3]);
});

test('4429 waits half a minute, whatever wakes it', () => {
  const { world, wait } = connected();
  world.socket.drop(4429);
  assert.equal(wait(), 30_000);
  world.look();
  world.goes(false);
  world.pass(9_999);
  world.goes(true);
  world.pass(20_000);
  assert.equal(world.sockets.length, 1);
  world.pass(1);
  assert.equal(world.sockets.length, 2);
});

// --- a worker that leaves ---

test('a worker that leaves is left for another one before it goes, without a break', () => {
  const { world, frames, states } = connected();
  const [old] = world.sockets;
  old.say({ type: 'reconnect', after_ms: 4000 });
  world.pass(2999);
  assert.equal(world.sockets.length, 1);
  world.pass(1);
  assert.equal(world.sockets.length, 2);
  assert.equal(old.readyState, 1);
  old.say({ type: 'event', seq: 1 });
  world.socket.welcome();
  old.say({ type: 'event', seq: 2 });
  world.socket.say({ type: 'event', seq: 3 });
  assert.equal(old.readyState, 3);
  assert.deepEqual(frames.map((frame) => frame.seq), [1, 3]);
  assert.deepEqual(states.map((one) => one.name), ['connecting', 'online', 'online']);
});

test('a worker that goes while the other one is being reached is not waited for', () => {
  const { world, state } = connected();
  world.socket.say({ type: 'reconnect', after_ms: 2000 });
  world.pass(1000);
  world.sockets[0].drop(1012);
  assert.equal(state().name, 'connecting');
  world.socket.welcome();
  assert.deepEqual([state().name, world.sockets.length], ['online', 2]);
});

test('where no other worker is found, the old one is used to its end', () => {
  const { world, frames, wait, state } = connected();
  world.pass(12_000);
  const [old] = world.sockets;
  old.say({ type: 'reconnect', after_ms: 4000 });
  world.pass(3000);
  world.sockets[1].drop(1006);
  old.say({ type: 'event', seq: 1 });
  assert.deepEqual([state().name, frames.length], ['online', 1]);
  old.drop(1012);
  assert.ok(wait() <= 500);
});

test('a worker that goes earlier than it said is left at once', () => {
  const { world, wait } = connected();
  world.pass(12_000);
  world.socket.say({ type: 'reconnect', after_ms: 9000 });
  world.pass(1000);
  world.socket.drop(1012);
  world.pass(wait());
  assert.equal(world.sockets.length, 2);
});

// --- whether the peer lives ---

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
  const { world } = opening();
  world.pass(15_000 + 250);
  assert.equal(world.sockets.length, 2);
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

// --- the network, sleep ---

test('when the page is seen again, nothing waits for the backoff', () => {
  const { world } = connected();
  world.socket.drop(1006);
  world.look();
  assert.equal(world.sockets.length, 2);
  world.socket.welcome();
  world.pass(20_000);
  assert.equal(world.sockets.length, 2);
});

test('when the page is seen again, the peer is asked whether it lives', () => {
  const { world, state } = connected();
  world.look();
  world.socket.take('ping');
  world.pass(5_000);
  assert.equal(state().name, 'waiting');
});

test('a socket that went while the page was put aside is opened again at once', () => {
  const { world, state } = connected();
  world.socket.readyState = 3;
  world.look();
  assert.deepEqual([state().name, world.sockets.length], ['connecting', 2]);
});

test('without a network nothing is tried, with one at once', () => {
  const { world, state } = connected();
  world.online = false;
  world.socket.drop(1006);
  assert.deepEqual([state().name, state().offline], ['waiting', true]);
  world.pass(24 * 3600_000);
  assert.equal(world.sockets.length, 1);
  world.goes(true);
  assert.equal(world.sockets.length, 2);
});

test('a network that goes while we wait stops the attempts', () => {
  const { world, state } = connected();
  world.socket.drop(1006);
  world.goes(false);
  assert.equal(state().offline, true);
  world.pass(60_000);
  assert.equal(world.sockets.length, 1);
});

test('a network that is back without a word is noticed', () => {
  const { world } = connected();
  world.online = false;
  world.socket.drop(1006);
  world.pass(60_000);
  world.online = true;
  world.pass(5_000);
  assert.equal(world.sockets.length, 2);
});

test('who wakes up asks at once whether the connection lives', () => {
  const { world } = connected();
  world.pass(1_000);
  world.sleep(60_000);
  world.pass(5_000);
  world.socket.take('ping');
  assert.equal(world.sockets.length, 1);
});

test('who wakes up after long looks for another connection meanwhile', () => {
  const { world, states } = connected();
  world.sleep(3_600_000);
  world.pass(5_000);
  assert.equal(world.sockets.length, 2);
  world.socket.welcome();
  assert.equal(world.sockets[0].readyState, 3);
  assert.deepEqual(states.map((one) => one.name), ['connecting', 'online', 'online']);
});

test('who wakes up while waiting tries at once', () => {
  const { world, state } = connected();
  world.dice = 0.99;
  for (let attempt = 0; attempt < 7; attempt += 1) {
    world.socket.drop(1001);
    if (attempt < 6) world.pass(state().until - world.env.now());
  }
  const before = world.sockets.length;
  world.sleep(3_600_000);
  world.pass(5_000);
  assert.equal(world.sockets.length, before + 1);
});

// --- where WebSocket does not get through ---

test('after three that came to nothing it goes without WebSocket, at once', () => {
  const { world, others, state } = fallenBack();
  assert.deepEqual([world.sockets.length, others.length], [3, 1]);
  assert.deepEqual([state().name, state().via], ['online', 'events']);
});

test('silence counts for two refusals', () => {
  const { world, others, wait } = opening();
  world.pass(15_000);
  world.pass(wait());
  assert.equal(others.length, 0);
  world.socket.drop(1006);
  assert.equal(others.length, 1);
});

for (const code of [1012, 4408, 4429]) {
  test(`a WebSocket closed with ${code} got through`, () => {
    const { world, others, wait } = opening();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      world.socket.drop(code);
      world.pass(wait());
    }
    assert.equal(others.length, 0);
  });
}

test('what fails while the network is gone does not count', () => {
  const { world, others } = opening();
  for (let attempt = 0; attempt < 5; attempt += 1) {
    world.online = false;
    world.socket.drop(1006);
    world.goes(true);
  }
  assert.deepEqual([world.sockets.length, others.length], [6, 0]);
});

test('where neither gets through it waits, then tries the WebSocket before the rest', () => {
  const { world, others, wait, state } = opening();
  refuseThree({ world, wait, others });
  others[0].drop(1006);
  assert.equal(state().name, 'waiting');
  world.pass(wait());
  assert.deepEqual([world.sockets.length, others.length], [4, 1]);
  world.socket.drop(1006);
  assert.equal(others.length, 2);
});

test('one that lasted without WebSocket comes back that way', () => {
  const { world, others, wait } = fallenBack();
  world.pass(20_000);
  others[0].drop(1006);
  world.pass(wait());
  assert.deepEqual([world.sockets.length, others.length], [3, 2]);
});

test('it returns to the WebSocket when that stands, and not before', () => {
  const { world, others, states, state } = fallenBack();
  world.pass(29_999);
  assert.equal(world.sockets.length, 3);
  world.pass(1);
  assert.equal(world.sockets.length, 4);
  assert.equal(others[0].readyState, 1);
  world.socket.welcome();
  assert.deepEqual([state().via, others[0].readyState], ['websocket', 3]);
  assert.equal(states.at(-2).name, 'online');
  assert.deepEqual(open([...world.sockets, ...others]).length, 1);
});

test('it hopes for a WebSocket ever more seldom, but at least every four minutes', () => {
  const { world, others } = fallenBack();
  const tries = [];
  for (let passed = 0; passed < 1200; passed += 1) {
    world.pass(1000);
    others[0].say({ type: 'pong' });
    if (world.socket.readyState === 1 && world.sockets.length > 3) {
      tries.push(passed + 1);
      world.socket.drop(1006);
    }
  }
  assert.deepEqual(tries, [30, 90, 210, 450, 690, 930, 1170]);
  assert.equal(others[0].readyState, 1);
});

test('it hopes for a WebSocket when it wakes up', () => {
  const { world } = fallenBack();
  world.look();
  assert.equal(world.sockets.length, 4);
});

test('a leaving worker without WebSocket is left for another one likewise', () => {
  const { world, others } = fallenBack();
  others[0].say({ type: 'reconnect', after_ms: 1000 });
  world.pass(800);
  assert.deepEqual([world.sockets.length, others.length, others[0].readyState], [3, 2, 1]);
  others[1].welcome();
  assert.equal(others[0].readyState, 3);
});
