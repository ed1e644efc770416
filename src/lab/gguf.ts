// Writes GGUF, the file format of model weights: enough of it for a model made by hand.

/** Types of metadata values, as the format numbers them. */
export const GgufKind = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, list: 9 } as const;
type Scalar = 4 | 5 | 6 | 7 | 8;
export type GgufValue = [Scalar, number | string] | [9, Scalar, readonly (number | string)[]];

interface Data {
  shape: number[];
  /** 0 = 32 bit floats, 1 = 16 bit floats. */
  kind: 0 | 1;
  data: Buffer;
}
export type GgufTensor = [name: string, data: Data];

const ALIGNMENT = 32;

function bytes(size: number, write: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(size);
  write(buffer);
  return buffer;
}
const u32 = (value: number) => bytes(4, (b) => b.writeUInt32LE(value));
const u64 = (value: number) => bytes(8, (b) => b.writeBigUInt64LE(BigInt(value)));
const f32 = (value: number) => bytes(4, (b) => b.writeFloatLE(value));
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

function scalar(kind: Scalar, value: number | string): Buffer {
  if (kind === GgufKind.text) return text(String(value));
  if (kind === GgufKind.f32) return f32(Number(value));
  return kind === GgufKind.bool ? Buffer.from([Number(value)]) : u32(Number(value));
}

function encoded(value: GgufValue): Buffer {
  if (value[0] !== GgufKind.list) return Buffer.concat([u32(value[0]), scalar(value[0], value[1])]);
  const [list, kind, items] = value;
  return Buffer.concat([u32(list), u32(kind), u64(items.length), ...items.map((item) => scalar(kind, item))]);
}

/** A number as an IEEE half, rounded to the nearest even; zero and normal numbers are all that is needed. */
export function half(value: number): number {
  if (value === 0) return 0;
  const size = Math.abs(value);
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const scaled = size / 2 ** (exponent - 10);
  const low = Math.floor(scaled);
  const rest = scaled - low;
  const mantissa = low + (rest > 0.5 || (rest === 0.5 && low & 1) ? 1 : 0);
  // exponent + 14 and not + 15, because the mantissa still carries the hidden bit
  return (value < 0 ? 0x8000 : 0) | (((exponent + 14) << 10) + mantissa);
}

/** A matrix of zeros but for the given cells. */
export function matrix(rows: number, columns: number, cells: readonly [number, number, number][]): Data {
  const data = Buffer.alloc(rows * columns * 2);
  for (const [row, column, value] of cells) data.writeUInt16LE(half(value), (row * columns + column) * 2);
  return { shape: [columns, rows], kind: 1, data };
}

/** A vector with the same number everywhere. */
export function vector(length: number, value: number): Data {
  const data = Buffer.alloc(length * 4);
  for (let i = 0; i < length; i++) data.writeFloatLE(value, i * 4);
  return { shape: [length], kind: 0, data };
}

const padded = (buffer: Buffer) =>
  Buffer.concat([buffer, Buffer.alloc((ALIGNMENT - (buffer.length % ALIGNMENT)) % ALIGNMENT)]);

export function gguf(metadata: readonly [string, GgufValue][], tensors: readonly GgufTensor[]): Buffer {
  let offset = 0;
  const infos: Buffer[] = [];
  const bodies: Buffer[] = [];
  for (const [name, { shape, kind, data }] of tensors) {
    infos.push(text(name), u32(shape.length), ...shape.map(u64), u32(kind), u64(offset));
    const body = padded(data);
    bodies.push(body);
    offset += body.length;
  }
  const pairs = metadata.flatMap(([key, value]) => [text(key), encoded(value)]);
  const head = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(metadata.length), ...pairs, ...infos];
  return Buffer.concat([padded(Buffer.concat(head)), ...bodies]);
}
