// The shared lab in a test file: as it was deployed when the file begins.
import { beforeAll, inject } from 'vitest';
import { poll } from '../../../src/retry.js';
import { AGENT } from '../../../src/services/http.js';
import { type Lab, openLab } from '../../support/lab.js';

/** The deployed stack, put back to its first state before the file's tests. */
export function useDeployed(): () => Lab {
  let lab: Lab | undefined;
  beforeAll(async () => {
    lab = openLab(inject('lab'));
    await lab.reset('deployed');
    await serving(lab);
  });
  return () => lab as Lab;
}

/** The hosts have booted; LiteLLM takes some seconds more. A key is asked for: it answers. Like hxllm's own proofs. */
export async function serving(lab: Lab): Promise<void> {
  const url = `http://${lab.address('hx-api-server')}:4000/v1/models`;
  const headers = { 'user-agent': AGENT };
  const asked = async () => (await fetch(url, { headers })).status === 401 || undefined;
  if (!(await poll(() => asked().catch(() => undefined), { timeoutMs: 120_000 })))
    throw new Error('the shared lab does not serve');
}
