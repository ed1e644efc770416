// Whether a run changed anything on the hosts of the shared lab.
import type { Lab } from '../../support/lab.js';

export const HOSTS = ['hx-api-server', 'hx-llm01-server', 'hx-llm02-server'];
// Ollama writes models/metadata by itself
const WATCHED =
  '/etc /opt /usr/local /var/lib/ollama/models/manifests /var/lib/ollama/models/blobs /var/lib/litellm /var/lib/hxllm/records';

/** Paths that were changed on a host since the last call of `mark`. */
export async function changedSince(lab: Lab, host: string): Promise<string> {
  return (await lab.ssh(host, `find ${WATCHED} -newer /run/hxllm-mark 2>/dev/null | head`)).stdout;
}

export async function mark(lab: Lab): Promise<void> {
  await Promise.all(HOSTS.map((host) => lab.ssh(host, 'touch /run/hxllm-mark; sleep 0.1')));
}
