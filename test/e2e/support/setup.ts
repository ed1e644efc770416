// The lab that the end-to-end tests share: three hosts, deployed once, frozen; each test file starts from there in seconds.
import type { TestProject } from 'vitest/node';
import { labNames } from '../../../src/lab/state.js';
import { hxllm } from '../../support/cli.js';
import { type Lab, labUp } from '../../support/lab.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Name of the shared lab; its snapshot `deployed` is the stack of the guide. */
    lab: string;
  }
}

/** Without a web UI, which takes half a minute of this machine at each reset: its tests have labs of their own. */
const HOSTS = ['hx-api-server', 'hx-llm01-server', 'hx-llm02-server'];

/** Deploys for real: when this fails, no end-to-end test can mean anything. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const lab = await labUp({ name: `test-${process.pid}-shared`, hosts: HOSTS });
  try {
    await deployed(lab);
    await lab.freeze('deployed');
  } catch (error) {
    await lab.down();
    throw error;
  }
  project.provide('lab', lab.name);
  return down;
}

async function deployed(lab: Lab): Promise<void> {
  const { code, stdout, stderr } = await lab.hxllm(['deploy', '--yes']);
  if (code !== 0) throw new Error(`the shared lab was not deployed, exit ${code}:\n${stdout}\n${stderr}`);
}

/** It, and what test files brought up to share. */
async function down(): Promise<void> {
  const ours = labNames().filter((name) => name.startsWith(`test-${process.pid}-`));
  for (const name of ours) await hxllm(['lab', 'down', '--name', name]);
}
