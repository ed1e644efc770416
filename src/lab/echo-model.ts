// A 1.8 MB model that echoes the last user message: weights set by hand, so a nonce comes back from real attention and sampling.
import { GgufKind, type GgufTensor, type GgufValue, gguf, matrix, vector } from './gguf.js';

/** How many characters back a head looks; a text in which five in a row occur twice is not echoed exactly. */
const BACK = 5;
const WIDTH = 176;
const HEADS = BACK;
const HEAD = 32 + 16 * BACK;
const FORWARD = 32;
const CONTEXT = 4096;
const BASE = 1e24;

const USER = 260;
const END = 261;
const ASSISTANT = 262;
const BYTES = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`);
const TOKENS = ['<unk>', '<s>', '</s>', ...BYTES, '\u2581', '<|user|>', '<|end|>', '<|assistant|>'];
const TYPES = [2, 3, 3, ...BYTES.map(() => 6), 1, 3, 3, 3];
const COUNT = TOKENS.length;

/** Columns of the residual stream: the token's own code, the keys of the tokens before it, what is said next. */
const OWN = 1;
const keyAt = (back: number) => 33 + 16 * back;
const SAID = 33 + 16 * (BACK + 1);

type Cell = [row: number, column: number, value: number];
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));
const flat = <T>(count: number, make: (index: number) => T[]) => times(count, make).flat();

/** A word of a BCH code as +1 and -1: any two tokens' words differ in many places. */
function codeword(message: number, polynomial: number, length: number): number[] {
  let word = 0;
  let ones = 0;
  for (let bit = 0; bit < 11; bit++) if ((message >> bit) & 1) word ^= polynomial << bit;
  for (let i = 0; i < length - 1; i++) ones += (word >>> i) & 1;
  if (ones & 1) word |= 1 << (length - 1);
  return times(length, (i) => ((word >>> i) & 1 ? 1 : -1));
}
const code = (token: number) => codeword(1 + token, 0o5423325, 32);
const SPECIAL_KEYS: Readonly<Record<number, number>> = { 259: 32, [USER]: 1, [ASSISTANT]: 1, [END]: 2 };
const key = (token: number) => codeword(SPECIAL_KEYS[token] ?? Math.max(token - 3, 0) & 127, 0o721, 16);

/** A head that looks exactly `back` tokens back, by undoing that much of the rotary embedding. */
const lookBack = (head: number, back: number): Cell[] =>
  flat(16, (i) => {
    const angle = -back * BASE ** ((-2 * i) / HEAD);
    const row = head * HEAD + 2 * i;
    return [
      [row, 0, 2000 * Math.cos(angle)],
      [row + 1, 0, 2000 * Math.sin(angle)],
    ] as Cell[];
  });

function layer(index: number, filled: number, q: Cell[], k: Cell[], v: Cell[], o: Cell[]): GgufTensor[] {
  const at = (part: string) => `blk.${index}.${part}.weight`;
  return [
    [at('attn_norm'), vector(WIDTH, Math.sqrt(filled / WIDTH))],
    [at('attn_q'), matrix(HEADS * HEAD, WIDTH, q)],
    [at('attn_k'), matrix(HEADS * HEAD, WIDTH, k)],
    [at('attn_v'), matrix(HEADS * HEAD, WIDTH, v)],
    [at('attn_output'), matrix(WIDTH, HEADS * HEAD, o)],
    [at('ffn_norm'), vector(WIDTH, 1)],
    [at('ffn_gate'), matrix(FORWARD, WIDTH, [])],
    [at('ffn_up'), matrix(FORWARD, WIDTH, [])],
    [at('ffn_down'), matrix(WIDTH, FORWARD, [])],
  ];
}

const heads = (make: (head: number) => Cell[]) => flat(BACK, make);
const cells = (count: number, make: (index: number) => Cell) => times(count, make);
const SILENT = new Set([0, 1, 2, USER, ASSISTANT]);

const embedding = (): Cell[] =>
  flat(COUNT, (token) => [
    [token, 0, 1] as Cell,
    ...code(token).map((x, i): Cell => [token, OWN + i, x]),
    ...key(token).map((x, i): Cell => [token, keyAt(0) + i, x]),
  ]);

/** First layer: each head writes the key of the token so many places back. */
const remember = () =>
  layer(
    0,
    49,
    heads((h) => lookBack(h, h + 1)),
    heads((h) => cells(16, (i) => [h * HEAD + 2 * i, 0, 1])),
    heads((h) => cells(16, (i) => [h * HEAD + i, keyAt(0) + i, 1])),
    heads((h) => cells(16, (i) => [keyAt(h + 1) + i, h * HEAD + i, 1])),
  );

/** Second layer: finds the place whose last five tokens are the same as here, and says what came after them. */
const recall = () =>
  layer(
    1,
    49 + 16 * BACK,
    heads((j) => cells(16, (i) => [32 + 16 * j + i, keyAt(j) + i, 8 * 3 ** (BACK - j)])),
    heads((j) => cells(16, (i) => [32 + 16 * j + i, keyAt(j + 1) + i, 1])),
    cells(32, (i) => [i, OWN + i, 1]),
    cells(32, (i) => [SAID + i, i, 1]),
  );

function metadata(kind: 'chat' | 'embedding'): [string, GgufValue][] {
  const u32 = (value: number): GgufValue => [GgufKind.u32, value];
  return [
    ['general.architecture', [GgufKind.text, 'llama']],
    ['general.name', [GgufKind.text, 'tiny-echo']],
    ['general.file_type', u32(1)],
    ['llama.context_length', u32(CONTEXT)],
    ['llama.embedding_length', u32(WIDTH)],
    ['llama.block_count', u32(2)],
    ['llama.feed_forward_length', u32(FORWARD)],
    ['llama.attention.head_count', u32(HEADS)],
    ['llama.attention.head_count_kv', u32(HEADS)],
    ['llama.attention.key_length', u32(HEAD)],
    ['llama.attention.value_length', u32(HEAD)],
    ['llama.rope.dimension_count', u32(HEAD)],
    ['llama.rope.freq_base', [GgufKind.f32, BASE]],
    ['llama.attention.layer_norm_rms_epsilon', [GgufKind.f32, 1e-6]],
    ['llama.vocab_size', u32(COUNT)],
    ['tokenizer.ggml.model', [GgufKind.text, 'llama']],
    ['tokenizer.ggml.tokens', [GgufKind.list, GgufKind.text, TOKENS]],
    ['tokenizer.ggml.scores', [GgufKind.list, GgufKind.f32, TOKENS.map(() => 0)]],
    ['tokenizer.ggml.token_type', [GgufKind.list, GgufKind.i32, TYPES]],
    ['tokenizer.ggml.bos_token_id', u32(1)],
    ['tokenizer.ggml.eos_token_id', u32(END)],
    ['tokenizer.ggml.unknown_token_id', u32(0)],
    ['tokenizer.ggml.add_bos_token', [GgufKind.bool, 1]],
    ['tokenizer.ggml.add_eos_token', [GgufKind.bool, 0]],
    ['tokenizer.ggml.add_space_prefix', [GgufKind.bool, 0]],
    // Ollama embeds only with a model that says how; and one that says so does not chat
    ...(kind === 'embedding' ? ([['llama.pooling_type', u32(1)]] as [string, GgufValue][]) : []),
  ];
}

/** The model as a GGUF file. */
export function echoModel(kind: 'chat' | 'embedding'): Buffer {
  const loudness = (token: number) =>
    SILENT.has(token) ? [] : code(token).map((x, i): Cell => [token, SAID + i, 2 * x]);
  return gguf(metadata(kind), [
    ['token_embd.weight', matrix(COUNT, WIDTH, embedding())],
    ...remember(),
    ...recall(),
    ['output_norm.weight', vector(WIDTH, Math.sqrt((81 + 16 * BACK) / WIDTH))],
    ['output.weight', matrix(COUNT, WIDTH, flat(COUNT, loudness))],
  ]);
}
