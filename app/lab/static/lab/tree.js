/** How the server writes what it keeps to itself. */
const MASK = /^•+$/;

/**
 * A JSON value as a list that opens and closes.
 *
 * @param {unknown} value  an object or a list
 * @param {{masked: string, about?: Record<string, string>}} strings  about: what a name stands for
 * @returns {HTMLElement[]} its items
 */
export function treeItems(value, { masked, about = {} }) {
  return entries(value).map(([name, part]) => {
    const item = document.createElement('li');
    const parts = part && typeof part === 'object' ? entries(part) : null;
    const head = [span('key', name), parts ? span('count', String(parts.length)) : leaf(part, masked)];
    if (about[name]) head.push(span('about', about[name]));
    if (parts?.length) item.append(branch(head, treeItems(part, { masked })));
    else item.append(...head);
    return item;
  });
}

/** @param {unknown} value  @returns {[string, unknown][]} */
function entries(value) {
  const pairs = Array.isArray(value) && value.length > 0
    && value.every((part) => Array.isArray(part) && part.length === 2 && typeof part[0] === 'string');
  return pairs ? value : Object.entries(/** @type {object} */ (value));
}

/** @param {HTMLElement[]} head  @param {HTMLElement[]} items */
function branch(head, items) {
  const details = document.createElement('details');
  const summary = document.createElement('summary');
  const list = document.createElement('ul');
  summary.append(...head);
  list.append(...items);
  details.append(summary, list);
  return details;
}

/** @param {unknown} value  @param {string} masked */
function leaf(value, masked) {
  const hidden = typeof value === 'string' && MASK.test(value);
  return hidden ? span('masked', masked) : span(`value ${typeof value}`, JSON.stringify(value));
}

/** @param {string} name  @param {string} text */
function span(name, text) {
  const element = document.createElement('span');
  element.className = name;
  element.textContent = text;
  return element;
}
