/** Prints why tests were skipped, and the closing line. Fails when a test failed, none ran, or a step before it failed. */
import { readFileSync } from 'node:fs';

const [report, otherFailures] = process.argv.slice(2);
const { testResults, numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(
  readFileSync(report, 'utf8'),
);
const skipped = testResults.flatMap(({ assertionResults }) => {
  return assertionResults.filter(({ status }) => status === 'pending' || status === 'skipped');
});
const reasons = new Map();
for (const { ancestorTitles, fullName } of skipped) {
  const reason = [...ancestorTitles, fullName].join(' ').match(/\(?(skipped[^)]*)\)?/)?.[1] ?? fullName;
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}
for (const [reason, count] of reasons) console.log(`skipped ${count}: ${reason}`);
const ok = otherFailures === '0' && numFailedTests === 0 && numFailedTestSuites === 0 && numPassedTests > 0;
console.log(`${numPassedTests} passed, ${numFailedTests + (ok || numFailedTests > 0 ? 0 : 1)} failed, ${numPendingTests} skipped`);
process.exit(ok ? 0 : 1);
