/**
 * Going from room to room without a page load: back, forward and a second click while one loads included. A browser
 * without the Navigation API loads pages, and loses nothing but time.
 *
 * @param {object} options
 * @param {() => unknown} options.place  where the reader is in the room that is left, to come back to
 * @param {(room: string) => void} options.asked
 * @param {(page: Document, place: any) => boolean} options.arrived  false: this is no page to take a room from
 * @param {() => void} options.failed
 */
export function switching({ place, asked, arrived, failed }) {
  const { navigation } = /** @type {any} */ (globalThis);
  let plainly = false;
  /** Whether the address is of a room that is not there yet. */
  let early = false;
  /** @type {AbortSignal | undefined} of the last room or page that was gone to: who goes elsewhere has not pressed Stop */
  let latest;

  /** @param {URL} url  @param {any} back  @param {AbortSignal} signal */
  async function go(url, back, signal) {
    early = true;
    asked(url.pathname.split('/')[2]);
    const { href } = url;
    if (back) url.searchParams.set('at', back.seq);
    /** @type {Document | false} */
    let page;
    try {
      const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(20_000)]) });
      page = answer.ok && new DOMParser().parseFromString(await answer.text(), 'text/html');
    } catch {
      if (signal === latest) failed();
      return;
    }
    if (signal !== latest) return;
    early = false;
    if (page && arrived(page, back)) return;
    plainly = true;
    location.replace(href);
  }

  navigation?.addEventListener('navigate', (/** @type {any} */ event) => {
    const { destination, navigationType: type, signal } = event;
    const url = new URL(destination.url);
    const back = type === 'traverse';
    // What stays in the page, and a download, ends the loading of a room as Stop does.
    const goes = event.downloadRequest === null && (back || !destination.sameDocument);
    if (goes) latest = signal;
    const ours = goes && event.canIntercept && !event.hashChange && !event.formData
      && type !== 'reload' && /^\/rooms\/[\da-z-]+\/$/.test(url.pathname);
    if (!ours || plainly) return;
    if (!early) navigation.updateCurrentEntry({ state: place() ?? null });
    const handler = () => go(url, back && destination.getState(), signal);
    event.intercept({ scroll: 'manual', focusReset: 'manual', handler });
  });
}
