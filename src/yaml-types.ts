// Which types YAML has for Ansible: PyYAML's scalars, its tags for vaults, and what Python tells apart and JavaScript does not.
import {
  defineScalarTag,
  floatYaml11Tag,
  intYaml11Tag,
  mapTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  type ScalarTagDefinition,
  Schema,
  timestampTag,
  YAML11_SCHEMA,
} from 'js-yaml';

/** A value under `!vault`: still encrypted. */
export class VaultText {
  constructor(readonly text: string) {}
}

/** A string under `!unsafe`: never a template. */
export class UnsafeText {
  constructor(readonly text: string) {}
}

/** A whole number that is written as a float: Python holds it as one and prints 1.0. */
export class Float {
  constructor(readonly value: number) {}

  /** As Python's `repr`. */
  toString(): string {
    const { value } = this;
    if (Number.isNaN(value)) return 'nan';
    if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
    const size = Math.abs(value);
    if (size !== 0 && (size >= 1e16 || size < 1e-4))
      return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
    return Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value);
  }
}

// PyYAML knows neither y/n as booleans nor integers that JavaScript would round; dates stay as they are written
const PYTHON_TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const PYTHON_FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const boolTag = defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
  implicit: true,
  resolve: (text) => (PYTHON_TRUE.test(text) ? true : PYTHON_FALSE.test(text) ? false : NOT_RESOLVED),
  identify: (data) => typeof data === 'boolean',
});
const intTag: ScalarTagDefinition<number> = {
  ...intYaml11Tag,
  resolve(text, isExplicit, tagName) {
    const value = intYaml11Tag.resolve(text, isExplicit, tagName);
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new LargeNumber(text);
    return value === 0 ? 0 : value; // Python has no -0 here
  },
};
export class LargeNumber extends Error {
  constructor(readonly text: string) {
    super(`${text} is too large for a number; write it in quotes`);
  }
}
const PYTHON_FLOAT =
  /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const floatTag: ScalarTagDefinition<number> = {
  ...floatYaml11Tag,
  resolve(text, isExplicit, tagName) {
    if (isExplicit && /^[-+]?\d+$/.test(text)) return Number(text);
    return PYTHON_FLOAT.test(text) ? floatYaml11Tag.resolve(text, isExplicit, tagName) : NOT_RESOLVED;
  },
};
export const ANSIBLE_SCHEMA = new Schema([
  ...YAML11_SCHEMA.tags.filter((tag) => tag.tagName !== timestampTag.tagName),
]).withTags(
  boolTag,
  intTag,
  floatTag,
  ...['!vault', '!vault-encrypted'].map((name) =>
    defineScalarTag(name, { resolve: (text) => new VaultText(text), identify: () => false }),
  ),
  defineScalarTag('!unsafe', { resolve: (text) => new UnsafeText(text), identify: () => false }),
);

const wholeFloatTag: ScalarTagDefinition<number | Float> = {
  ...floatTag,
  resolve(text, isExplicit, tagName) {
    const value = floatTag.resolve(text, isExplicit, tagName);
    return typeof value === 'number' && Number.isInteger(value) ? new Float(value) : value;
  },
};
const pythonMapTag: typeof mapTag = {
  ...mapTag,
  addPair: (mapping, key, value) => mapTag.addPair(mapping, pythonKey(key), value),
};
/** ANSIBLE_SCHEMA with Float, and with keys as Python writes them. */
export const PYTHON_SCHEMA = ANSIBLE_SCHEMA.withTags(wholeFloatTag, pythonMapTag);

/** For what is written: floats stay floats. */
export const PYTHON_DUMP_SCHEMA = YAML11_SCHEMA.withTags(boolTag, {
  ...floatTag,
  identify: (data) => data instanceof Float || (typeof data === 'number' && !Number.isInteger(data)),
  represent(data: number | Float) {
    const float = data instanceof Float ? data : new Float(data);
    if (!Number.isFinite(float.value)) return floatYaml11Tag.represent(float.value);
    // YAML wants a point before the exponent
    return String(float).replace(/^([^.]*)e/, '$1.0e');
  },
} as ScalarTagDefinition<number>);

/** A key as Python's `str` writes it. */
export function pythonKey(key: unknown): unknown {
  if (key instanceof Float) return String(key);
  return key === null ? 'None' : key === true ? 'True' : key === false ? 'False' : key;
}

/** Whether YAML takes a plain text for a number, a boolean or null. */
export const isNoText = (plain: string): boolean =>
  [boolTag, intTag, floatTag, nullYaml11Tag].some(
    (tag) => tag.resolve(plain, false, tag.tagName) !== NOT_RESOLVED,
  );
