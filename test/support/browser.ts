// A real browser on the control node, as a person has it: headless Chromium that finds the lab's hosts by the guide's names and nothing else.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { ROOT } from './built.js';

export type { Page };

const ARGS = [
  '--no-sandbox', // tests run as root
  '--no-proxy-server',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--no-default-browser-check',
];

/** What a page did on the network. */
export interface Tab {
  page: Page;
  /** Host names that it asked. */
  asked: Set<string>;
  /** Texts that came over its websockets. */
  received: string[];
  screenshot(name: string): Promise<void>;
  /** The person closes it and has never been there. */
  close(): Promise<void>;
}

/** A new person's tab; `hosts` are addresses by name. Closed at the end of the file. */
export async function openTab(hosts: Record<string, string>): Promise<Tab> {
  const rules = [...Object.entries(hosts).map(([name, at]) => `MAP ${name} ${at}`), 'MAP * ~NOTFOUND'];
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...ARGS, `--host-resolver-rules=${rules.join(', ')}`],
  });
  open.push(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1100, height: 620 } });
  return tabOf(context, () => browser.close());
}

const open: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(open.map((close) => close())));

async function tabOf(context: BrowserContext, close: () => Promise<void>): Promise<Tab> {
  const page = await context.newPage();
  const tab: Tab = {
    page,
    asked: new Set(),
    received: [],
    close,
    async screenshot(name) {
      const folder = join(ROOT, 'test-artifacts');
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${name}.png`) });
    },
  };
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^(http|ws)s?:$/.test(protocol)) tab.asked.add(hostname);
  });
  page.on('websocket', (socket) => {
    tab.asked.add(new URL(socket.url()).hostname);
    socket.on('framereceived', ({ payload }) => tab.received.push(payload.toString()));
  });
  return tab;
}
