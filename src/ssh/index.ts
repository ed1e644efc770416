// SSH for the rest of hxllm. Import it lazily: await import('../ssh/index.js').
import { turn } from '../retry.js';

export { connect } from './connect.js';
export { Dialer, Slots } from './slots.js';
export { targetOf } from './target.js';
export { Texts } from './texts.js';
export type * from './types.js';

/**
 * Resolves when the hosts have been called and node-ssh is loaded: from then on connections wait for their hosts, and not
 * for this process.
 */
export async function underWay(called: Promise<unknown>): Promise<void> {
  await called;
  await turn();
  await import('./client.js');
  await turn();
}
