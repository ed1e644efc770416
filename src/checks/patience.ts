// How long a model may take: loading it into memory on a machine without a GPU takes minutes.
import type { GatewayHost } from '../stack/stack.js';

const LONGEST = 180;

/** Seconds; not more than the gateway itself waits. */
export function patience({ vars }: Pick<GatewayHost, 'vars'>): number {
  return Math.min(Number(vars.litellm_request_timeout ?? LONGEST), LONGEST);
}
