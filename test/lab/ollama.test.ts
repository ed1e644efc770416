// Where the lab's Ollama comes from.
import { expect, test } from 'vitest';
import { releaseFile } from '../../src/lab/ollama.js';
import { buildOllama, goVersion } from '../../src/lab/ollama-build.js';

const SUM = 'a'.repeat(64);

test.each([
  [`${SUM}  ./ollama-linux-amd64.tgz`, 'ollama-linux-amd64.tgz'],
  [`${SUM}  ollama-linux-amd64.tar.zst`, 'ollama-linux-amd64.tar.zst'],
  [`${SUM}  ./ollama-linux-amd64-rocm.tgz`, undefined],
  [`${SUM}  ./ollama-linux-arm64.tgz`, undefined],
])('of the release’s sums, %s', (line, wanted) => {
  expect(releaseFile(`${'b'.repeat(64)}  ./Ollama-darwin.zip\n${line}\n`, 'amd64')?.name).toBe(wanted);
});

test.each([
  ['go version go1.26.8 linux/amd64', [1, 26]],
  ['go version go1.19 linux/amd64', [1, 19]],
  ['', undefined],
])('%s', (text, wanted) => {
  expect(goVersion(text)).toEqual(wanted);
});

test('without Go it says what is needed and what else would do', async () => {
  const { PATH } = process.env;
  process.env.PATH = '/nowhere';
  try {
    await expect(buildOllama('/cache/ollama', 'ollama.tar.gz', () => {})).rejects.toMatchObject({
      code: 'lab',
      message: expect.stringContaining('needs Go 1.26, this machine has none'),
      suggestions: [expect.any(String), expect.stringContaining('/cache/ollama')],
    });
  } finally {
    process.env.PATH = PATH;
  }
});
