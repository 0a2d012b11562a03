import { actions } from './actions.js';
import { membersOf, messagesPage, roomNow } from './api.js';
import { composer } from './composer.js';
import { dates } from './dates.js';
import { whoIsHere, whoTypes } from './here.js';
import { MessageView, noteOf } from './message-view.js';
import { fill, language, need } from './page-data.js';
import { pages } from './pages.js';
import { Picture } from './picture.js';
import { rights } from './rights.js';
import { Timeline } from './timeline.js';
import { attachmentsOf } from './uploads.js';

/**
 * Brings the room to life that <main> holds. Everything is let go of by close(), but what goes with <main> itself.
 *
 * @param {object} options
 * @param {ChatClient} options.client
 * @param {any} options.data  the page's
 * @param {Record<string, string>} options.strings
 * @param {{seq: number, offset: number} | null} options.place  where the reader was, as place() gave it
 * @param {(reason: string) => void} options.onClosed  the room is not open to us any more
 * @param {(events: RoomEvent[]) => void} options.onNews  all events, after the page has them
 */
export function openRoom({ client, data, strings, place, onClosed, onNews }) {
  const { slug } = data.room;
  const address = `/rooms/${slug}/?at=`;
  const main = need('#content');
  const scroller = need('#scroller');
  const list = need('#messages');
  const newest = need('#newest');
  const empty = need('#empty');
  const form = need('#composer');
  const clock = dates(language);
  /** @type {Promise<User[]> | null} whom one can name */
  let people = null;
  /** @type {RoomChannel | undefined} */
  let channel;

  const picture = new Picture(data.user);
  const view = new MessageView(strings, clock, data.user, address);
  const timeline = new Timeline(scroller, list, view, seen);
  // Who comes to a place of their own has not seen the end.
  timeline.atEnd = !(place ?? data.at);
  const paging = pages({ room: slug, picture, timeline, main, draw });
  const allowed = rights({ main, strings, clock, data });

  picture.load(data);
  channel = client.subscribe(slug, {
    since: data.seq,
    onEvents(events) {
      for (const event of events) {
        picture.apply(event);
        allowed.apply(event);
        if (event.kind === 'room.updated') nameRoom(strings, /** @type {any} */ (event.data));
        if (event.kind.startsWith('member.')) people = null;
      }
      picture.trim(timeline.isBelow);
      const others = events.filter((event) => event.by.id !== data.user.id);
      speak(others.map((event) => noteOf(strings, event)).filter(Boolean));
      const posted = others.some(({ kind }) => kind === 'message.posted');
      if (!timeline.atEnd && posted) newest.classList.add('unseen');
      draw();
      onNews(events);
    },
    async onReset() {
      const { place: before } = timeline;
      const page = await messagesPage(slug, before ? { around: before.seq } : {});
      // After the page: what changes the room between the two comes as an event.
      const now = await roomNow(slug);
      // Another room may be open by then.
      if (!main.isConnected) return page.seq;
      nameRoom(strings, now);
      allowed.become(now);
      people = null;
      paging.start(page);
      if (before) timeline.show(before.seq, before.offset);
      return page.seq;
    },
    onPost: takeOurs,
    onWrite: takeOurs,
    onClosed,
    onPresence: whoIsHere(need('#here')),
    onTyping: whoTypes(need('#typing'), strings),
  });

  const files = attachmentsOf(slug);
  const write = composer({
    form,
    strings,
    draft: `draft:${data.user.id}:${slug}`,
    files,
    people: () => (people ??= membersOf(slug).then((members) => members.map(({ user }) => user), nobody)),
    onTyping: () => channel?.typing(),
    onPost(body, more) {
      channel?.post(body, more);
      toNewest();
    },
    onEdit: (seq, body) => channel?.edit(seq, body),
    onLast() {
      const last = picture.items.findLast((item) => allowed.may('edit', item));
      if (last?.message) write.turn(last.message, true);
    },
  });
  files.show({ form, drop: main, max: data.max_upload, onChange: write.look });
  actions({
    main,
    list,
    itemOf: (key) => picture.items.find((item) => item.key === key),
    may: allowed.may,
    onAct: act,
    onLeave: write.focus,
  });

  /** Asked for again by the next letter. */
  function nobody() {
    people = null;
    return [];
  }

  /** @param {string} what  @param {Item} item  @param {string} [emoji] */
  function act(what, { seq, message, post, writes, quote }, emoji = '') {
    const failed = post ?? writes?.find(({ state }) => state === 'failed');
    if (failed && (what === 'retry' || what === 'discard')) {
      client[what](failed.client_id);
      scroller.focus({ preventScroll: true });
    }
    if (what === 'quoted' && quote) jump(quote.seq);
    if (!message) return;
    const mine = message.reactions?.find((one) => one.emoji === emoji)?.users.some(({ id }) => id === data.user.id);
    if (what === 'react' && allowed.may(what, { message })) channel?.react(seq, emoji, !mine);
    if (what === 'delete') channel?.remove(seq);
    if (what === 'reply' || what === 'edit') write.turn(message, what === 'edit');
    const link = `${address}${seq}`;
    const { clipboard } = navigator;
    if (what === 'link') clipboard?.writeText(new URL(link, location.href).href).then(() => speak([strings.copied]), () => {});
    // Plain HTTP on a local network is no secure context: there the address bar has the link.
    if (what === 'here' || (what === 'link' && !clipboard)) history.replaceState(history.state, '', link);
    if (what === 'here') jump(seq);
  }

  /** @param {Post} post  or another write of ours */
  function takeOurs(post) {
    picture.post(post);
    draw();
  }

  function draw() {
    timeline.draw(picture, data.read_seq, () => {
      empty.hidden = picture.more || picture.items.length > 0;
      paging.look();
    });
    seen();
  }

  /** The newest message may be on the screen of somebody who looks at it, or no longer. */
  function seen() {
    const { atEnd } = timeline;
    newest.classList.toggle('shown', !atEnd);
    if (!atEnd) return;
    newest.classList.remove('unseen');
    if (!document.hidden) channel?.read(picture.seq);
  }

  async function toNewest() {
    if (picture.newer) await paging.jump().catch(() => {});
    timeline.toEnd();
  }

  /** @param {number} seq  of a message that is to be found, wherever it is */
  async function jump(seq) {
    if (!picture.has(seq) && (await paging.jump(seq).catch(() => true))) return;
    list.querySelector('.found')?.classList.remove('found');
    const found = timeline.show(seq);
    found?.classList.add('found');
    found?.focus({ preventScroll: true });
  }

  newest.onclick = () => {
    toNewest();
    scroller.focus({ preventScroll: true });
  };
  scroller.addEventListener('keydown', ({ target, key }) => {
    if (target === scroller && key === 'ArrowUp') timeline.inSight?.focus();
  });
  addEventListener('visibilitychange', seen);
  draw();
  if (place) timeline.show(place.seq, place.offset);
  else if (data.at) jump(data.at);

  return {
    focus: write.enter,
    place: () => timeline.place,
    close() {
      removeEventListener('visibilitychange', seen);
      channel?.unsubscribe();
      timeline.close();
      paging.close();
      allowed.close();
    },
  };
}

/** Screen readers hear what others did.  @param {string[]} notes */
function speak(notes) {
  // A long absence is not read out line by line.
  need('#spoken').textContent = notes.slice(-3).join('\n');
}

/** @param {Record<string, string>} strings  @param {{name: string, topic: string}} room */
function nameRoom(strings, { name, topic }) {
  document.title = fill(strings.title, { room: name });
  need('[data-room-name]').textContent = name;
  need('#topic').textContent = topic;
}
