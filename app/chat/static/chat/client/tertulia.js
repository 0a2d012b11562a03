import { Client } from './client.js';
import { browser } from './environment.js';

/**
 * Connects a page to the chat it comes from. docs/client.md says what can be done with it.
 *
 * @param {Partial<ConstructorParameters<typeof Client>[0]>} [options]
 */
export function connect(options = {}) {
  return new Client({ env: browser, ...options });
}
