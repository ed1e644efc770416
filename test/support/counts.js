// Adds up vitest's JSON reports into the one line that CI reads: `N passed, N failed`.
import { readFileSync } from 'node:fs';

const [exitCode, ...files] = process.argv.slice(2);
let passed = 0;
let failed = 0;
const reports = files.flatMap((file) => {
  try {
    return [JSON.parse(readFileSync(file, 'utf8'))];
  } catch {
    return [];
  }
});
for (const { numPassedTests, numFailedTests, testResults } of reports) {
  passed += numPassedTests;
  failed += numFailedTests;
  // a file that cannot even be loaded has no test to count
  failed += testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
}
// a run that ended outside of any test, in the build, the lint or a setup, did not pass
if (exitCode !== '0' && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
