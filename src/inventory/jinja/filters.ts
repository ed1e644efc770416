// The filters that inventories use. Those that only pick or arrange leave secrets wrapped; those that build text go through `run.text`.

import type { Evaluation } from './evaluate.js';
import { COLLECTION_FILTERS } from './filters-collection.js';
import { NUMBER_FILTERS } from './filters-number.js';
import { SET_FILTERS } from './filters-set.js';
import { TEXT_FILTERS } from './filters-text.js';

export type Filter = (
  run: Evaluation,
  value: unknown,
  args: unknown[],
  named: Record<string, unknown>,
) => unknown;

export const FILTERS: Record<string, Filter> = {
  ...NUMBER_FILTERS,
  ...TEXT_FILTERS,
  ...COLLECTION_FILTERS,
  ...SET_FILTERS,
};

/** What a filter may be told beside its value, in order, by place or by name. Those that are not here take what comes. */
export const FILTER_PARAMETERS: Record<string, string> = {
  int: 'default base',
  float: 'default',
  abs: '',
  pow: 'y',
  root: 'base',
  log: 'base',
  round: 'precision method',
  bool: '',
  string: '',
  lower: '',
  upper: '',
  title: '',
  capitalize: '',
  trim: 'chars',
  replace: 'old new count',
  split: 'sep maxsplit',
  indent: 'width first blank',
  quote: '',
  urlencode: '',
  splitext: '',
  wordcount: '',
  truncate: 'length killwords end leeway',
  center: 'width',
  basename: '',
  dirname: '',
  b64encode: '',
  b64decode: '',
  hash: 'hashtype',
  md5: '',
  sha1: '',
  checksum: '',
  regex_replace: 'pattern replacement ignorecase multiline count mandatory_count',
  regex_findall: 'regex multiline ignorecase',
  regex_escape: '',
  from_json: '',
  from_yaml: '',
  ternary: 'true_val false_val none_val',
  mandatory: 'msg',
  default: 'default_value boolean',
  d: 'default_value boolean',
  list: '',
  first: '',
  last: '',
  length: '',
  count: '',
  join: 'd attribute',
  reverse: '',
  sort: 'reverse case_sensitive attribute',
  unique: 'case_sensitive attribute',
  union: 'b',
  intersect: 'b',
  difference: 'b',
  symmetric_difference: 'b',
  flatten: 'levels skip_nulls',
  min: 'case_sensitive attribute',
  max: 'case_sensitive attribute',
  sum: 'attribute start',
  permutations: 'r',
  combinations: 'r',
  slice: 'slices fill_with',
  batch: 'linecount fill_with',
  extract: 'container morekeys',
  groupby: 'attribute default case_sensitive',
  dict2items: 'key_name value_name',
  items2dict: 'key_name value_name',
  dictsort: 'case_sensitive by reverse',
  items: '',
};

/** They take every item before they look at one. */
export const TAKES_ALL =
  'union intersect difference symmetric_difference product permutations combinations'.split(' ');
export const TAKES_UNDEFINED = ['default', 'd', 'mandatory', 'ternary'];
/** Their results are made item by item, or are what they were given. */
export const MAY_BE_UNDEFINED =
  'default d ternary first last min max extract map select reject selectattr rejectattr'.split(' ');
