// The stack with a web UI that hxllm installed: brought up by the first test file that asks, frozen, and as it was then for each further one.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, inject } from 'vitest';
import { labPaths } from '../../../src/lab/paths.js';
import { readState } from '../../../src/lab/state.js';
import { poll } from '../../../src/retry.js';
import { AGENT } from '../../../src/services/http.js';
import { type Lab, labUp, openLab } from '../../support/lab.js';
import { GATEWAY } from './stack.js';

export const WEBUI = 'hx-webui-server';
export const WEBUI_HOSTS = [GATEWAY, 'hx-llm01-server', WEBUI];
/** Without /v1 or anything else: where its pages are. */
export const webuiUrl = (lab: Lab) => `http://${lab.address(WEBUI)}`;

const SNAPSHOT = 'deployed';
/** Beside the lab that all files share: setup.ts takes both down. */
const nameBeside = (shared: string) => shared.replace(/-shared$/, '-webui');

/** What a deploy has written into the inventory belongs to the snapshot: the client's key, the password. */
const kept = (lab: Lab) => join(labPaths(lab.name).dir, 'inventory.deployed');

export function useWebui(): () => Lab {
  let lab: Lab | undefined;
  beforeAll(async () => {
    const name = nameBeside(inject('lab'));
    lab = readState(name)?.snapshots?.[SNAPSHOT] ? await asItWas(openLab(name)) : await deployed(name);
    await serving(lab);
  }, 900_000);
  return () => {
    if (!lab) throw new Error('the web UI is there from beforeAll on');
    return lab;
  };
}

async function deployed(name: string): Promise<Lab> {
  const lab = await labUp({ name, hosts: WEBUI_HOSTS });
  try {
    const { code, stdout, stderr } = await lab.hxllm(['deploy', '--yes']);
    if (code !== 0) throw new Error(`the web UI was not deployed, exit ${code}:\n${stdout}\n${stderr}`);
    await lab.freeze(SNAPSHOT);
    cpSync(lab.folder, kept(lab), { recursive: true });
    return lab;
  } catch (error) {
    await lab.down();
    throw error;
  }
}

async function asItWas(lab: Lab): Promise<Lab> {
  await lab.reset(SNAPSHOT);
  rmSync(lab.folder, { recursive: true });
  cpSync(kept(lab), lab.folder, { recursive: true });
  return lab;
}

/** The gateway answers clients, and the web UI is ready behind its HAProxy. */
async function serving(lab: Lab): Promise<void> {
  // as hxllm's own proofs: else doctor tells of a client without a key
  const headers = { 'user-agent': AGENT };
  const gateway = async () =>
    (await fetch(`http://${lab.address(GATEWAY)}:4000/v1/models`, { headers })).status === 401 || undefined;
  for (const [what, answers] of Object.entries({ gateway, 'web UI': () => ready(lab) }))
    if (!(await poll(() => answers().catch(() => undefined), { timeoutMs: 120_000 })))
      throw new Error(`the ${what} does not serve`);
}

/** Its pages answer 200 to any path: only its own word counts. */
export async function ready(lab: Lab): Promise<true | undefined> {
  const answer = await fetch(`${webuiUrl(lab)}/ready`, { signal: AbortSignal.timeout(5000) });
  const isJson = answer.headers.get('content-type')?.includes('json');
  return (isJson && ((await answer.json()) as { status?: boolean }).status === true) || undefined;
}
