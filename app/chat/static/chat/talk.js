import { connect } from './client/tertulia.js';
import { Notices } from './notices.js';
import { need, pageData } from './page-data.js';
import { openRoom } from './room.js';
import { Sidebar } from './sidebar.js';
import { connectionStatus, showFace } from './status.js';
import { switcher } from './switcher.js';
import { switching } from './switching.js';

const strings = pageData('strings');
let data = pageData('page-data');
/** @type {State} */
let state = { name: 'connecting' };
/** @type {ReturnType<typeof openRoom> | null} */
let room = null;
/** Why the open room is closed to us. */
let closed = '';
/** Whether the server was reached since the page is here: the list in it is as old as the page. */
let met = false;

const sidebar = new Sidebar(strings, () => notices.count(), (link) => notices.elsewhere(link));
const notices = new Notices(strings, sidebar);
const showStatus = connectionStatus(strings, () => state);

const client = connect({
  user: data.user.id,
  onState(now) {
    state = now;
    if (room) show();
    if (now.name !== 'online') return;
    // What was told meanwhile is lost. All who come back at once do not ask at once.
    if (met) setTimeout(() => sidebar.refresh(), Math.random() * 1000);
    met = true;
  },
  onUnread: (news) => sidebar.take(news),
  onLost: () => sidebar.refresh(),
});

function show() {
  showStatus();
  showFace(closed || state.reason);
}

/** @param {{seq: number, offset: number} | null} place  where the reader was when they left */
function enter(place) {
  closed = '';
  sidebar.enter(data.room.slug);
  notices.look();
  room = openRoom({
    client,
    data,
    strings,
    place,
    onClosed(reason) {
      closed = reason;
      show();
    },
    onNews(events) {
      notices.heard(events, data.user.id);
      if (events.some(({ kind }) => kind === 'room.updated')) sidebar.refresh();
    },
  });
  show();
}

function leave() {
  room?.close();
  room = null;
}

/** The name of this script says what is in it: another one is another release.  @param {ParentNode} page */
const release = (page) => page.querySelector('script[src*="/talk."]')?.getAttribute('src');

switching({
  place: () => room?.place(),
  asked(slug) {
    sidebar.mark(slug);
    need('#rooms').hidePopover();
    need('main').ariaBusy = 'true';
    // What is typed from now on is not for the room that is left.
    if (room) need('.foot').inert = true;
  },
  arrived(page, place) {
    const next = page.querySelector('#page-data') && pageData('page-data', page);
    if (next?.user.id !== data.user.id || release(page) !== release(document)) return false;
    leave();
    data = next;
    need('main').replaceWith(need('main', page));
    sidebar.replace(need('#room-lists', page).innerHTML);
    document.title = page.title;
    enter(place);
    need('#announced').textContent = data.room.name;
    room?.focus();
    return true;
  },
  failed() {
    leave();
    const face = /** @type {HTMLTemplateElement} */ (need('#not-loaded'));
    need('main').replaceChildren(face.content.cloneNode(true));
    need('main').ariaBusy = null;
    need('h1').focus();
  },
});
keys(switcher(() => sidebar.links), () => sidebar.links);

addEventListener('click', ({ target }) => {
  const act = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest('[data-act]'))?.dataset.act;
  if (act === 'again') location.replace(location.href);
  if (act === 'reopen') client.reopen();
});
addEventListener('change', async ({ target }) => {
  const { name, form } = /** @type {HTMLInputElement} */ (target);
  if (name !== 'notify' || !form) return;
  await fetch(form.action, { method: 'POST', body: new FormData(form), redirect: 'manual' });
  sidebar.refresh();
});
addEventListener('beforeunload', (event) => {
  if (!client.safe) event.preventDefault();
});
enter(null);

/**
 * The keys that work beside any room.
 *
 * @param {HTMLDialogElement} switcher
 * @param {() => HTMLElement[]} rooms  the links to them
 */
function keys(switcher, rooms) {
  const help = /** @type {HTMLDialogElement} */ (need('#help'));

  /** To the next room that way round, or the next with something new.  @param {number} way  @param {boolean} news */
  function step(way, news) {
    const all = rooms();
    const here = all.findIndex((link) => link.ariaCurrent) + 1;
    const round = [...all.slice(here), ...all.slice(0, here)];
    if (way < 0) round.reverse().push(/** @type {HTMLElement} */ (round.shift()));
    round.find((link) => !link.ariaCurrent && (!news || link.dataset.unread !== '0'))?.click();
  }

  addEventListener('keydown', (event) => {
    const { key, altKey, shiftKey, target } = event;
    const way = { ArrowUp: -1, ArrowDown: 1 }[key];
    const typing = /** @type {HTMLElement} */ (target).matches('input, textarea, select');
    if ((event.ctrlKey || event.metaKey) && key === 'k') switcher.open ? switcher.close() : switcher.showModal();
    else if (key === '?' && !typing) help.showModal();
    else if (altKey && way) step(way, shiftKey);
    else return;
    event.preventDefault();
  });
}
