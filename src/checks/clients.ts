// The list of client checks, which only --clients asks for: one line each. And which of them run.
import { HxError } from '../errors.js';
import type { ClientCheck } from './client.js';
import { clientCurl } from './client-curl.js';
import { clientNode } from './client-node.js';
import { clientPython } from './client-python.js';

export const CLIENT_CHECKS: readonly ClientCheck[] = [clientCurl, clientPython, clientNode];

export const CLIENT_IDS = CLIENT_CHECKS.map(({ id }) => id);

/** Those that --clients names. --only with other checks does not take them away, with their own ids it does. */
export function selectClients({
  clients = [],
  only = [],
  skip = [],
}: {
  clients?: readonly string[] | undefined;
  only?: readonly string[] | undefined;
  skip?: readonly string[] | undefined;
}): ClientCheck[] {
  const asked = CLIENT_CHECKS.filter(({ client }) => clients.includes(client));
  const named = CLIENT_CHECKS.filter(({ id }) => only.includes(id));
  const missing = named.filter((check) => !asked.includes(check));
  if (missing.length > 0)
    throw new HxError({
      code: 'usage',
      message: `${missing.map(({ id }) => id).join(', ')} is asked only with --clients`,
      hint: `add --clients ${named.map(({ client }) => client).join(',')}`,
    });
  return (named.length > 0 ? named : asked).filter(({ id }) => !skip.includes(id));
}
