import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from '../../app/chat/static/chat/client/outbox.js';
import { Profile, settle, Surroundings } from './surroundings.js';

const WEEK = 7 * 24 * 3600_000;
const bodies = (posts) => posts.map((post) => post.body);

/** A tab of `profile` (null: of a browser that keeps nothing) of the user with this id. */
class Tab {
  world;
  outbox;
  /** @type {any[]} what it showed */
  shown = [];

  constructor(profile, { user = 1, now = 0, name = '' } = {}) {
    this.profile = profile;
    this.world = new Surroundings(profile);
    this.world.pass(now);
    this.outbox = new Outbox(this.world.env, (post) => this.shown.push(post), () => {});
    if (name) this.outbox.tab = name;
    if (user) this.outbox.open(user);
  }

  static async opened(profile, options) {
    const tab = new Tab(profile, options);
    await settle();
    return tab;
  }

  write(...texts) {
    return texts.map((body) => this.outbox.write('lobby', { body }).client_id);
  }

  /** What it would send, in this order. */
  sends() {
    const sent = [];
    for (let post; (post = this.outbox.next()); ) {
      sent.push(post.body);
      this.outbox.change(post.client_id, 'sent');
      this.outbox.change(post.client_id, 'delivered', { seq: 1 });
    }
    return sent;
  }

  states() {
    return this.shown.map(({ body, state }) => `${body} ${state}`);
  }

  async crash() {
    this.profile.crash(this.world);
    this.outbox.onPost = () => {};
    await settle();
  }
}

const onDisk = ({ disk }, user = 1) => [...(disk.databases.get(`tertulia-${user}`)?.values() ?? [])];

// --- in memory ---

test('the oldest goes first, and the next only when it is settled', () => {
  const tab = new Tab(null);
  const [a] = tab.write('a', 'b');
  assert.equal(tab.outbox.next().body, 'a');
  tab.outbox.change(a, 'sent');
  assert.equal(tab.outbox.next(), undefined);
  tab.outbox.change(a, 'delivered', { seq: 7 });
  assert.equal(tab.outbox.next().body, 'b');
});

test('one that goes back to the queue keeps its place', () => {
  const tab = new Tab(null);
  const [a] = tab.write('a', 'b');
  tab.outbox.change(a, 'sent');
  tab.outbox.change(a, 'queued');
  assert.deepEqual(tab.sends(), ['a', 'b']);
});

test('a failed one lets the others pass, and stays until the person decides', () => {
  const tab = new Tab(null);
  const [a] = tab.write('a', 'b');
  tab.outbox.change(a, 'failed', { code: 'too_long' });
  assert.equal(tab.shown.at(-1).code, 'too_long');
  assert.equal(tab.outbox.next().body, 'b');
  assert.equal(tab.outbox.safe, false);
  tab.outbox.retry(a);
  assert.equal(tab.shown.at(-1).code, undefined);
  assert.deepEqual(tab.sends(), ['b', 'a']);
});

test('one that is on its way is not tried again because somebody asks', () => {
  const tab = new Tab(null);
  const [a] = tab.write('a');
  tab.outbox.change(a, 'sent');
  tab.outbox.retry(a);
  assert.equal(tab.outbox.next(), undefined);
});

test('delivered and discarded ones leave', () => {
  const tab = new Tab(null);
  const [a, b] = tab.write('a', 'b');
  assert.equal(tab.outbox.safe, false);
  tab.outbox.change(a, 'delivered', { seq: 1 });
  tab.outbox.change(b, 'discarded');
  assert.deepEqual([tab.outbox.safe, tab.outbox.posts], [true, []]);
  const before = tab.shown.length;
  tab.outbox.change(a, 'failed');
  assert.equal(tab.shown.length, before);
});

test('a change makes a new object, so that the page sees it', () => {
  const tab = new Tab(null);
  const [a] = tab.write('a');
  tab.outbox.change(a, 'sent');
  const [before, after] = tab.shown;
  assert.notEqual(before, after);
  assert.equal(before.state, 'queued');
});

test('half a character becomes a sign that the server takes', () => {
  const tab = new Tab(null);
  tab.write('ho\ud83d', '\udc4b!', 'whole \ud83d\udc4b');
  assert.deepEqual(tab.sends(), ['ho\ufffd', '\ufffd!', 'whole \ud83d\udc4b']);
});

test('what has waited for more than a week asks first, in the tab where it was written too', () => {
  const tab = new Tab(null);
  const [a] = tab.write('a');
  tab.world.pass(WEEK);
  tab.write('b');
  assert.equal(tab.outbox.next().body, 'a');
  tab.world.pass(1);
  assert.equal(tab.outbox.next().body, 'b');
  assert.deepEqual([tab.shown.at(-1).state, tab.shown.at(-1).code], ['failed', 'expired']);
  tab.outbox.retry(a);
  assert.deepEqual(tab.sends(), ['b', 'a']);
});

// --- on the disk ---

test('a post is sent once it is stored, and the page may be left from then on', async () => {
  const tab = await Tab.opened(new Profile());
  tab.write('a');
  assert.deepEqual([tab.outbox.next(), tab.outbox.safe], [undefined, false]);
  await settle();
  assert.deepEqual([tab.outbox.next().body, tab.outbox.safe], ['a', true]);
});

test('what was settled leaves the disk', async () => {
  const profile = new Profile();
  const tab = await Tab.opened(profile);
  const [a, b] = tab.write('a', 'b');
  await settle();
  tab.outbox.change(a, 'delivered', { seq: 1 });
  tab.outbox.change(b, 'discarded');
  await settle();
  assert.deepEqual(onDisk(profile), []);
});

test('what was not settled survives a crash and is sent with its own client_id', async () => {
  const profile = new Profile();
  const before = await Tab.opened(profile);
  const [a] = before.write('a', 'b');
  await settle();
  before.outbox.change(a, 'sent');
  await before.crash();
  const after = await Tab.opened(profile, { now: 24 * 3600_000 });
  assert.deepEqual(bodies(after.outbox.posts), ['a', 'b']);
  assert.equal(after.outbox.next().client_id, a);
  assert.deepEqual(after.sends(), ['a', 'b']);
  await settle();
  assert.deepEqual(onDisk(profile), []);
});

test('an edit, too, survives a crash, and what was stored before there were kinds is a post', async () => {
  const profile = new Profile();
  const first = await Tab.opened(profile);
  const { client_id } = first.outbox.write('lobby', { kind: 'edit', of: 7, body: 'half \ud83d' });
  await settle();
  await first.crash();
  const old = { room: 'lobby', body: 'old', client_id: 'old', at: -1, tab: 'gone', state: 'sent' };
  profile.disk.databases.get('tertulia-1').set('old', old);
  const second = await Tab.opened(profile);
  const kept = second.outbox.posts.map(({ kind, of, body }) => [kind, of, body]);
  assert.deepEqual(kept, [['post', undefined, 'old'], ['edit', 7, 'half \ufffd']]);
  assert.deepEqual(second.outbox.posts.map(({ state, tab }) => [state, tab === second.outbox.tab]), [['queued', true], ['queued', true]]);
  assert.equal(second.outbox.posts[1].client_id, client_id);
});

test('what is written before the disk is open goes after what lies there', async () => {
  const profile = new Profile();
  const before = await Tab.opened(profile);
  before.write('a');
  await settle();
  await before.crash();
  const after = new Tab(profile, { now: 1000 });
  after.write('b');
  await settle();
  assert.deepEqual(after.sends(), ['a', 'b']);
});

test('a failed post is failed after a reload too, with its reason', async () => {
  const profile = new Profile();
  const before = await Tab.opened(profile);
  const [a] = before.write('a');
  before.outbox.change(a, 'failed', { code: 'forbidden' });
  await settle();
  await before.crash();
  const after = await Tab.opened(profile);
  assert.deepEqual([after.shown.at(-1).state, after.shown.at(-1).code], ['failed', 'forbidden']);
  assert.equal(after.outbox.next(), undefined);
  after.outbox.retry(a);
  await settle();
  assert.deepEqual(after.sends(), ['a']);
});

test('what has waited for more than a week asks first, after a reload', async () => {
  const profile = new Profile();
  const before = await Tab.opened(profile);
  const [a] = before.write('a');
  await settle();
  await before.crash();
  const after = await Tab.opened(profile, { now: WEEK + 1 });
  assert.equal(after.outbox.next(), undefined);
  assert.deepEqual([after.shown.at(-1).state, after.shown.at(-1).code], ['failed', 'expired']);
  after.outbox.retry(a);
  await settle();
  await after.crash();
  const last = await Tab.opened(profile, { now: WEEK + 2 });
  assert.deepEqual(last.sends(), ['a']);
});

test('another person sees and sends nothing of it', async () => {
  const profile = new Profile();
  const ana = await Tab.opened(profile);
  ana.write('a');
  await settle();
  await ana.crash();
  const berto = await Tab.opened(profile, { user: 2 });
  assert.deepEqual([berto.shown, berto.outbox.next()], [[], undefined]);
  const again = await Tab.opened(profile);
  assert.deepEqual(again.sends(), ['a']);
});

test('what is written before it is known by whom waits for that', async () => {
  const profile = new Profile();
  const tab = await Tab.opened(profile, { user: null });
  tab.write('a');
  await settle();
  assert.deepEqual([tab.outbox.next(), tab.outbox.safe], [undefined, false]);
  tab.outbox.open(1);
  await settle();
  assert.deepEqual([onDisk(profile).length, tab.outbox.safe, tab.sends()], [1, true, ['a']]);
});

for (const state of ['closed', 'full', 'mute']) {
  test(`where the disk is ${state}, posts are sent all the same, and the page had better stay`, async () => {
    const profile = new Profile();
    profile.disk.state = state;
    const tab = await Tab.opened(profile);
    tab.world.pass(3000);
    await settle();
    tab.write('a');
    await settle();
    tab.world.pass(3000);
    await settle();
    assert.equal(tab.outbox.safe, false);
    assert.deepEqual(tab.sends(), ['a']);
    assert.equal(tab.outbox.safe, true);
  });
}

// --- several tabs ---

test('each tab sends its own, and shows what the others send', async () => {
  const profile = new Profile();
  const [one, two] = [await Tab.opened(profile), await Tab.opened(profile)];
  const [a] = one.write('a');
  two.write('b');
  await settle();
  assert.deepEqual([one.outbox.next().body, two.outbox.next().body], ['a', 'b']);
  assert.deepEqual(bodies(one.outbox.posts).sort(), ['a', 'b']);
  one.outbox.change(a, 'sent');
  one.outbox.change(a, 'delivered', { seq: 1 });
  assert.deepEqual(two.states().filter((one) => one.startsWith('a')), ['a queued', 'a sent', 'a delivered']);
  assert.deepEqual(bodies(two.outbox.posts), ['b']);
});

test('a tab that is opened later shows what is pending and does not send it', async () => {
  const profile = new Profile();
  const one = await Tab.opened(profile);
  one.write('a');
  await settle();
  const two = await Tab.opened(profile);
  assert.deepEqual(two.states(), ['a queued']);
  assert.equal(two.outbox.next(), undefined);
  assert.deepEqual(one.sends(), ['a']);
  assert.deepEqual(two.outbox.posts, []);
});

test('what a tab leaves behind is sent by one of those that live', async () => {
  const profile = new Profile();
  const [one, two, three] = [await Tab.opened(profile), await Tab.opened(profile), await Tab.opened(profile)];
  const [a] = one.write('a', 'b');
  await settle();
  one.outbox.change(a, 'sent');
  await one.crash();
  const sent = [two.sends(), three.sends()];
  assert.deepEqual(sent.sort(), [[], ['a', 'b']]);
  await settle();
  assert.deepEqual([onDisk(profile), two.outbox.posts, three.outbox.posts], [[], [], []]);
});

test('what was taken over is taken over again when that tab goes too', async () => {
  const profile = new Profile();
  const [one, two, three] = [await Tab.opened(profile), await Tab.opened(profile), await Tab.opened(profile)];
  one.write('a');
  await settle();
  await one.crash();
  const heir = two.outbox.next() ? two : three;
  await heir.crash();
  assert.deepEqual((heir === two ? three : two).sends(), ['a']);
});

test('a tab that is closed in good order leaves its posts to the others', async () => {
  const profile = new Profile();
  const [one, two] = [await Tab.opened(profile), await Tab.opened(profile)];
  one.write('a');
  await settle();
  one.outbox.close();
  await settle();
  assert.deepEqual(two.sends(), ['a']);
});

test('a failed post can be decided upon in any tab', async () => {
  const profile = new Profile();
  const [one, two] = [await Tab.opened(profile), await Tab.opened(profile)];
  const [a, b] = one.write('a', 'b');
  for (const id of [a, b]) one.outbox.change(id, 'failed', { code: 'forbidden' });
  two.outbox.retry(a);
  two.outbox.change(b, 'discarded');
  await settle();
  assert.deepEqual([one.outbox.next(), two.sends()], [undefined, ['a']]);
  await settle();
  assert.deepEqual([one.outbox.posts, onDisk(profile)], [[], []]);
});

test('where there are no locks, a reload sends what lies there, and an open tab what stays too long', async () => {
  const profile = new Profile(null);
  const [one, two] = [await Tab.opened(profile), await Tab.opened(profile)];
  one.write('a');
  await settle();
  await one.crash();
  two.world.pass(29_999);
  await settle();
  assert.equal(two.outbox.next(), undefined);
  const three = await Tab.opened(profile);
  three.world.pass(0);
  await settle();
  assert.equal(three.outbox.next().body, 'a');
  await three.crash();
  two.world.pass(30_000);
  await settle();
  assert.equal(two.outbox.next().body, 'a');
});

for (const apart of [0, 7]) {
  for (const names of ['123', '231', '312', '321']) {
    test(`without locks a waiting post belongs to one of three tabs: ${names}, ${apart} ms apart`, async () => {
      const profile = new Profile(null);
      profile.air = setImmediate;
      const tabs = await Promise.all([...names].map((name) => Tab.opened(profile, { name })));
      const senders = () => tabs.filter((tab) => tab.outbox.next());
      tabs[0].write('a');
      await settle();
      for (let round = 0; round < 4; round += 1) {
        for (const tab of tabs) {
          tab.world.pass(30_000 + apart);
          if (apart) await settle();
        }
        await settle();
        assert.deepEqual(bodies(senders().map((tab) => tab.outbox.next())), ['a']);
      }
      const [last] = senders();
      await last.crash();
      for (const tab of tabs) if (tab !== last) tab.world.pass(30_000);
      await settle();
      assert.deepEqual(senders().filter((tab) => tab !== last).flatMap((tab) => tab.sends()), ['a']);
      await settle();
      assert.deepEqual(onDisk(profile), []);
    });
  }
}

test('without locks, too, a failed post goes to the tab where the person asks for it again', async () => {
  const profile = new Profile(null);
  const [one, two] = [await Tab.opened(profile, { name: '1' }), await Tab.opened(profile, { name: '2' })];
  const [a] = one.write('a');
  one.outbox.change(a, 'failed', { code: 'forbidden' });
  two.outbox.retry(a);
  await settle();
  assert.deepEqual([one.sends(), two.sends()], [[], ['a']]);
});
