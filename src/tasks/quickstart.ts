// The story of `quickstart`: a lab, a deploy, a proof, and the answers of real chats, through gateway and web UI.
import { join } from 'node:path';
import { EXIT, type Exit } from '../errors.js';
import { loadInventory } from '../inventory/index.js';
import { labPaths } from '../lab/paths.js';
import { readState } from '../lab/state.js';
import type { Run } from '../run.js';
import { chat } from '../services/completion.js';
import type { GatewayHost } from '../stack/stack.js';
import { openAccess } from './access.js';
import { AGREED, deploy } from './deploy.js';
import { closeAll, type Fleet, fleetOf } from './fleet.js';
import { up } from './lab.js';
import { askWebui, type SignIn, signInOf } from './webui/answer.js';

export interface QuickstartReport {
  json: object;
  exit: Exit;
}

const DEFAULT_LAB = 'lab';
const QUESTION = 'Hello, private LLM!';
const PATIENCE_MS = 120_000;

export async function quickstart(
  name: string,
  run: Run,
  print: (text: string) => void,
): Promise<QuickstartReport> {
  const folder = join('inventories', name);
  const dir = readState(name)?.inventory ? undefined : folder;
  const { state } = await up(
    { name, hosts: [], ollama: true, os: undefined, model: undefined, from: undefined, dir },
    run,
  );
  const source = join(state.inventory ?? folder, 'dev.ini');
  const vault = labPaths(name).vaultPassword;
  const inventory = await loadInventory({
    sources: [source],
    vaultPasswordFiles: [vault],
    masker: run.masker,
  });
  const fleet = fleetOf(inventory, run);
  try {
    const report = await deploy(fleet, run, { ...AGREED, print });
    if (report.exit !== EXIT.done) return report;
    const answers = [];
    for (const gateway of fleet.stack.gateways) answers.push(await askModel(gateway, fleet, run));
    for (const { model, answer } of answers)
      print(`\n${model} was asked: ${QUESTION}\n${model} answers:   ${answer}`);
    const webuis = [];
    for (const webui of fleet.stack.webuis)
      webuis.push({ ...(await askWebui(webui, QUESTION, fleet, run)), ...signInOf(webui, fleet) });
    for (const { answer } of webuis)
      print(`\nOpen WebUI was asked: ${QUESTION}\nOpen WebUI answers:   ${answer}`);
    print(nextSteps(name, source, vault) + webuis.map(toSignIn).join(''));
    print(removal(name));
    return { json: { ...report.json, answers, webuis }, exit: report.exit };
  } finally {
    closeAll(fleet);
  }
}

async function askModel(
  gateway: GatewayHost,
  fleet: Fleet,
  run: Run,
): Promise<{ model: string; question: string; answer: string }> {
  const model = gateway.models.find((m) => m.mode === 'chat')?.name ?? '';
  const session = fleet.hosts.find((h) => h.name === gateway.name)?.session;
  const access = await openAccess(gateway, fleet.stack, session, { signal: run.signal });
  try {
    const service = { url: access.url, key: gateway.masterKey, signal: run.signal };
    const { text } = await chat(service, model, QUESTION, { timeoutMs: PATIENCE_MS });
    return { model, question: QUESTION, answer: text };
  } finally {
    access.close();
  }
}

const nameOf = (lab: string) => (lab === DEFAULT_LAB ? '' : ` --name ${lab}`);

function nextSteps(lab: string, source: string, vault: string): string {
  return `
The stack runs. Look around:
  export HXLLM_INVENTORY=${source} HXLLM_VAULT_PASSWORD_FILE=${vault}
  npx hxllm status
  npx hxllm verify
  npx hxllm lab ssh${nameOf(lab)} hx-api-server`;
}

function toSignIn({ address, email, password }: SignIn): string {
  const secret = password
    ? `, whose password is ${password.variable}:\n  npx hxllm vault view ${password.file}`
    : '';
  return `\nOpen WebUI is at ${address}; sign in as ${email}${secret}`;
}

const removal = (lab: string) => `Remove it: npm run quickstart --${nameOf(lab)} --down`;
