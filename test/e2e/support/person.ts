// A person at a web UI, who asks of it what a browser asks.
import { expect } from 'vitest';
import type { Lab } from '../../support/lab.js';
import { webuiUrl } from './webui.js';

const ANN = { email: 'ann@example.com', password: 'ann-has-a-password' };

export function personOf(lab: () => Lab) {
  let token = '';
  const url = (path: string) => `${webuiUrl(lab())}/api/v1${path}`;
  const bearer = (value = token) => ({ authorization: `Bearer ${value}` });
  async function ask<T>(path: string, body?: object, by = token): Promise<T> {
    const answer = await fetch(url(path), {
      method: body ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json', ...bearer(by) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    expect([path, answer.status]).toEqual([path, 200]);
    return (await answer.json()) as T;
  }
  const signIn = async (who = ANN) => (await ask<{ token: string }>('/auths/signin', who, '')).token;
  return {
    signIn: () => signIn(),
    /** The administrator makes her a user. */
    async join(password: string): Promise<void> {
      const admin = await signIn({ email: 'admin@localhost', password });
      await ask('/auths/add', { name: 'Ann', role: 'user', ...ANN }, admin);
      token = await signIn();
    },
    write: (title: string) => ask('/chats/new', { chat: { title, models: ['phi3-3.8b'], messages: [] } }),
    titles: async () => (await ask<{ title: string }[]>('/chats/')).map((chat) => chat.title),
    /** The id of what she has uploaded. */
    async upload(text: string): Promise<string> {
      const body = new FormData();
      body.append('file', new Blob([text]), 'letter.txt');
      const answer = await fetch(url('/files/?process=false'), { method: 'POST', headers: bearer(), body });
      return ((await answer.json()) as { id: string }).id;
    },
    file: async (id: string) => (await fetch(url(`/files/${id}/content`), { headers: bearer() })).text(),
  };
}
