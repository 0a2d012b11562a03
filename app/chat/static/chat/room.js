import { messagesPage } from './api.js';
import { connect } from './client.js';
import { composer } from './composer.js';
import { dates } from './dates.js';
import { olderPages } from './history.js';
import { MessageView } from './message-view.js';
import { roomNews } from './news.js';
import { language, need, pageData } from './page-data.js';
import { Picture } from './picture.js';
import { connectionStatus } from './status.js';
import { Timeline } from './timeline.js';

const data = pageData('page-data');
const strings = pageData('strings');
const room = data.room.slug;

const picture = new Picture(data.user);
picture.load(data);

const news = roomNews(strings, data.user);
const status = connectionStatus(need('#status'), strings);
const view = new MessageView(strings, dates(language), news.note);
const scroller = need('#scroller');
const timeline = new Timeline(scroller, need('#messages'), view, (atEnd) => {
  newest.classList.toggle('shown', !atEnd);
  if (atEnd) newest.classList.remove('unseen');
  seen();
});
const newest = need('#newest');

const client = connect({
  url: `${location.protocol.replace('http', 'ws')}//${location.host}/ws/chat/`,
  onState(state) {
    status(state);
    face(state.name === 'stopped' ? state.reason : undefined);
  },
});

const channel = client.subscribe(room, {
  since: data.seq,
  onEvents(events) {
    for (const event of events) picture.apply(event);
    draw();
    news.tell(events);
    newest.classList.toggle('unseen', !timeline.atEnd && newest.matches('.unseen, .shown'));
    seen();
  },
  async onReset() {
    const page = await messagesPage(room);
    picture.load(page);
    draw();
    refreshOlder();
    seen();
    return page.seq;
  },
  onPost(post) {
    picture.post(post);
    draw();
  },
  onClosed: face,
});

const refreshOlder = olderPages(scroller, need('#older'), () => picture.more, async () => {
  picture.prepend(await messagesPage(room, picture.oldest));
  timeline.drawAbove(picture.items);
});

composer(/** @type {HTMLFormElement} */ (need('#composer')), strings, (body) => {
  channel.post(body);
  timeline.toEnd();
});

function draw() {
  timeline.draw(picture.items);
  need('#empty').hidden = picture.more || picture.items.length > 0;
}

/** The newest message is on the screen of somebody who looks at it. */
function seen() {
  if (timeline.atEnd && document.visibilityState === 'visible') channel.read(picture.seq);
}

/** What keeps the person from taking part takes the composer's place.  @param {string} [reason] */
function face(reason) {
  const closed = [...document.querySelectorAll('#faces [data-reason]')];
  const shown = closed.find((one) => one.getAttribute('data-reason') === reason)
    ?? closed.find((one) => reason && one.getAttribute('data-reason') === 'removed');
  for (const one of closed) /** @type {HTMLElement} */ (one).hidden = one !== shown;
  need('#composer').hidden = !!shown;
}

scroller.addEventListener('click', ({ target }) => {
  const button = /** @type {HTMLElement} */ (target).closest('[data-act]');
  const id = button?.closest('[data-key]')?.getAttribute('data-key')?.slice(1);
  if (!button || !id) return;
  if (button.getAttribute('data-act') === 'retry') client.retry(id);
  else client.discard(id);
  need('#body').focus();
});
newest.addEventListener('click', () => timeline.toEnd());
for (const button of document.querySelectorAll('[data-act=reopen]')) {
  button.addEventListener('click', () => client.reopen());
}
for (const change of ['online', 'offline']) addEventListener(change, () => client.wake());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible') return;
  client.wake();
  seen();
});
addEventListener('beforeunload', (event) => {
  if (!client.settled) event.preventDefault();
});
draw();
timeline.toEnd();
