/**
 * An element that the template promises.
 *
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {HTMLElement}
 */
export function need(selector, within = document) {
  const element = within.querySelector(selector);
  if (!element) throw new Error(`The page lacks ${selector}`);
  return /** @type {HTMLElement} */ (element);
}

/** What the server left in the page for the scripts.  @param {string} id  @returns {any} */
export function pageData(id) {
  return JSON.parse(need(`#${id}`).textContent ?? '');
}

/** The address of one of our WebSockets.  @param {string} path */
export function socketUrl(path) {
  return `${location.protocol.replace('http', 'ws')}//${location.host}${path}`;
}

const { lang } = document.documentElement;

/** The language of the page, in the person's own variety: its dates and times are theirs. */
export const language = navigator.languages.find((one) => one.split('-')[0] === lang) ?? lang;
