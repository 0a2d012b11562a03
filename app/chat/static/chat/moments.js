import { dates } from './dates.js';
import { language } from './page-data.js';

/** Moments on pages of the server, in the reader's own time zone; without this they are in the place's. */
const { day, time, moment } = dates(language);
for (const element of /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll('time[data-moment]'))) {
  const at = Date.parse(element.dateTime);
  element.textContent = `${day(at)}, ${time(at)}`;
  element.title = moment(at);
}
