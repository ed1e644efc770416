// Given to node with --import: writes to HX_CODE how many files had code of an earlier start in use, and how many had none.
import { writeFileSync } from 'node:fs';
import vm from 'node:vm';

const counts = { used: 0, made: 0 };
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    counts[this.cachedDataRejected === false ? 'used' : 'made']++;
  }
};
process.on('exit', () => writeFileSync(process.env.HX_CODE, JSON.stringify(counts)));
