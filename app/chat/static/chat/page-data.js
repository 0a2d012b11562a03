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

/** A copy of what the page's template holds, which is one element.  @param {string} name  @returns {HTMLElement} */
export function clone(name) {
  const { content } = /** @type {HTMLTemplateElement} */ (need(`#${name}-template`));
  return /** @type {HTMLElement} */ (content.firstElementChild?.cloneNode(true));
}

/** What the server left in the page for the scripts.  @param {string} id  @param {ParentNode} [page]  @returns {any} */
export function pageData(id, page) {
  return JSON.parse(need(`#${id}`, page).textContent ?? '');
}

/**
 * Puts values into a translated text: fill('{name} joined', {name: 'ana'}).
 *
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}

const { lang } = document.documentElement;

/** The language of the page, in the person's own variety: its dates and times are theirs. */
export const language = navigator.languages.find((one) => one.split('-')[0] === lang) ?? lang;
