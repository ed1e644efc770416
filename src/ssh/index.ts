// SSH for the rest of hxllm. Import it lazily: await import('../ssh/index.js').
export { connect } from './connect.js';
export { Dialer } from './slots.js';
export { targetOf } from './target.js';
export type * from './types.js';
