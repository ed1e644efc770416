// The guide's last step, done by people: a browser opens the address, signs in, finds the model and chats over the websocket.
import { expect, test } from 'vitest';
import { nonce } from '../../src/checks/nonce.js';
import { sleep } from '../../src/retry.js';
import { openTab, type Page, type Tab } from '../support/browser.js';
import { vaultOf } from './support/keys.js';
import { GATEWAY } from './support/stack.js';
import { useWebui, WEBUI, webuiUrl } from './support/webui.js';

/** As it stands in the guide. */
const ADDRESS = 'http://hx-webui-server.dev-test.hana-x.ai/';
const MODEL = 'phi3-3.8b';
const ADMIN = 'admin@localhost';
const PATIENT = { timeout: 60_000 };

const lab = useWebui();

/** By the vault, as the deploy says where it is. */
const adminPassword = async () =>
  (await vaultOf(lab(), { folder: lab().folder, env: { HXLLM_INVENTORY: lab().inventory } } as never))
    .vault_webui_admin_password as string;

/** What an administrator does in the panel. */
async function makeUser(email: string, password: string): Promise<void> {
  const post = async (path: string, body: object, token = '') => {
    const answer = await fetch(`${webuiUrl(lab())}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    expect([path, answer.status]).toEqual([path, 200]);
    return (await answer.json()) as { token: string };
  };
  const admin = await post('/api/v1/auths/signin', { email: ADMIN, password: await adminPassword() });
  await post('/api/v1/auths/add', { name: 'Ann', email, password, role: 'user' }, admin.token);
}

async function signIn({ page }: Tab, email: string, password: string): Promise<void> {
  await page.goto(ADDRESS, PATIENT);
  await page.fill('input[type=email]', email, PATIENT);
  await page.fill('input[type=password]', password);
  await page.click('button[type=submit]');
}

/** The models that the selector offers. */
async function offered(page: Page): Promise<string[]> {
  await page.click('#model-selector-model-button');
  const options = page.locator('button[role=option]');
  await options.first().waitFor(PATIENT);
  return options.evaluateAll((all) => all.map((one) => one.getAttribute('data-value') ?? ''));
}

/** Its answer. */
async function chat(page: Page, text: string): Promise<string> {
  await page.click('#chat-input');
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
  const answer = page.locator('.chat-assistant').last();
  await answer.filter({ hasText: text }).waitFor({ timeout: 120_000 });
  return (await answer.textContent()) ?? '';
}

const AT_GATEWAY = `journalctl --sync
journalctl -q -t haproxy -o cat | grep 'client=open-webui key=' | grep -c 'POST /v1/chat/completions 200'
echo 'show stat' | socat stdio /run/haproxy/admin.sock | awk -F, '$1 == "slots" && $2 == "BACKEND" { print $5 }'`;

/** Chats that came to the gateway from the web UI and were answered, and requests that still are. */
async function atGateway(): Promise<{ answered: number; running: number }> {
  const { stdout } = await lab().ssh(GATEWAY, AT_GATEWAY);
  const [answered = NaN, running = NaN] = stdout.split('\n').map(Number);
  return { answered, running };
}

const tab = () => openTab({ [lab().fqdn(WEBUI)]: lab().address(WEBUI) });
const USER = { email: 'ann@example.com', password: 'a-password-of-Ann-1' };

const PEOPLE = [
  { who: 'administrator', person: async () => ({ email: ADMIN, password: await adminPassword() }) },
  {
    who: 'user',
    person: async () => {
      await makeUser(USER.email, USER.password);
      return USER;
    },
  },
];

test.each(PEOPLE)('the $who signs in, finds the model, and reads the nonce back', async ({ who, person }) => {
  const { email, password } = await person();
  const { answered } = await atGateway();
  const theirs = await tab();
  const { page, asked, received } = theirs;
  await signIn(theirs, email, password);
  await page.locator('#chat-input').waitFor(PATIENT);
  // an administrator is shown what is new the first time
  const news = page.getByRole('button', { name: "Okay, Let's Go!" });
  await news.click({ timeout: who === 'administrator' ? 10_000 : 2_000 }).catch(() => {});
  expect(await offered(page)).toEqual([MODEL]);
  await page.click(`button[role=option][data-value="${MODEL}"]`);
  const word = nonce();
  expect(await chat(page, word)).toContain(word);
  await page.waitForURL(/\/c\/[0-9a-f-]{36}$/);
  expect(await offered(page)).toEqual([MODEL]);
  await theirs.screenshot(`webui-${who}`);
  expect(received.some((frame) => frame.includes('chat:completion') && frame.includes(word))).toBe(true);
  expect([...asked]).toEqual([lab().fqdn(WEBUI)]);
  // one message is one request: nothing else keeps a model busy behind it
  const settled = { answered: answered + 1, running: 0 };
  await expect.poll(atGateway, { timeout: 30_000 }).toEqual(settled);
  await sleep(3000);
  expect(await atGateway()).toEqual(settled);
  await theirs.close();
});

test('a wrong password lets nobody in, and the page says so', async () => {
  const theirs = await tab();
  await signIn(theirs, ADMIN, `not-${await adminPassword()}`);
  await theirs.page.getByText('The email or password provided is incorrect').first().waitFor(PATIENT);
  await theirs.screenshot('webui-refused');
  expect(new URL(theirs.page.url()).pathname).toBe('/auth');
  expect(await theirs.page.locator('#chat-input').count()).toBe(0);
  await theirs.close();
});
