import { messagesPage, roomNow } from './api.js';
import { connect } from './client/tertulia.js';
import { composer } from './composer.js';
import { dates } from './dates.js';
import { showFace } from './faces.js';
import { olderPages } from './history.js';
import { MessageView } from './message-view.js';
import { applyToPage, nameRoom, noteOf, speak } from './news.js';
import { language, need, pageData } from './page-data.js';
import { Picture } from './picture.js';
import { connectionStatus } from './status.js';
import { Timeline } from './timeline.js';

const data = pageData('page-data');
const strings = pageData('strings');
const room = data.room.slug;
const scroller = need('#scroller');
const newest = need('#newest');
const status = connectionStatus(need('#status'), strings);
let closed = false;

const picture = new Picture(data.user);
picture.load(data);
const view = new MessageView(strings, dates(language), (event) => noteOf(strings, event));
const timeline = new Timeline(scroller, need('#messages'), view, seen);

const client = connect({
  user: data.user.id,
  onState(state) {
    status(state);
    if (!closed) showFace(state.reason);
  },
});

const channel = client.subscribe(room, {
  since: data.seq,
  onEvents(events) {
    for (const event of events) {
      picture.apply(event);
      applyToPage(strings, event);
    }
    const others = events.filter((event) => event.by.id !== data.user.id);
    speak(others.map((event) => noteOf(strings, event)).filter(Boolean));
    if (!timeline.atEnd && others.length) newest.classList.add('unseen');
    draw();
  },
  async onReset() {
    const page = await messagesPage(room);
    // After the page: what changes the room between the two comes as an event.
    nameRoom(strings, await roomNow(room));
    picture.load(page);
    draw();
    refreshOlder();
    return page.seq;
  },
  onPost(post) {
    picture.post(post);
    draw();
  },
  onClosed(reason) {
    closed = true;
    showFace(reason);
  },
});

const refreshOlder = olderPages(scroller, need('#older'), () => picture.more, async () => {
  const before = picture.oldest;
  const page = await messagesPage(room, before);
  // Started afresh meanwhile, the picture has no place for this page any more.
  if (picture.oldest !== before) return;
  picture.prepend(page);
  timeline.drawAbove(picture.items);
});

composer(need('#composer'), strings, (body) => {
  channel.post(body);
  timeline.toEnd();
});

function draw() {
  timeline.draw(picture.items);
  need('#empty').hidden = picture.more || picture.items.length > 0;
  seen();
}

/** The newest message may be on the screen of somebody who looks at it, or no longer. */
function seen() {
  const { atEnd } = timeline;
  newest.classList.toggle('shown', !atEnd);
  if (!atEnd) return;
  newest.classList.remove('unseen');
  if (document.visibilityState === 'visible') channel.read(picture.seq);
}

document.addEventListener('click', ({ target }) => {
  const button = /** @type {HTMLElement} */ (target).closest('[data-act]');
  const act = button?.getAttribute('data-act');
  const id = button?.closest('[data-key]')?.getAttribute('data-key')?.slice(1);
  if (act === 'newest') timeline.toEnd();
  if (act === 'reopen') client.reopen();
  if (act === 'retry' && id) client.retry(id);
  if (act === 'discard' && id) client.discard(id);
  // The button is gone now, and the keyboard's place with it.
  if (act) scroller.focus();
});
document.addEventListener('visibilitychange', seen);
addEventListener('beforeunload', (event) => {
  if (!client.safe) event.preventDefault();
});
draw();
