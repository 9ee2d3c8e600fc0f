/**
 * Says why tests were skipped, and the closing line. Fails when a test failed, when none ran, or when a step before this
 * one failed; such a step counts as one failure.
 */
import { readFileSync } from 'node:fs';

const [report, stepsFailed] = process.argv.slice(2);
const { testResults, numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(
  readFileSync(report, 'utf8'),
);

const reasons = new Map();
for (const { ancestorTitles, title, status } of testResults.flatMap((file) => file.assertionResults)) {
  if (status !== 'pending' && status !== 'skipped') continue;
  const name = [...ancestorTitles, title].join(' ');
  const reason = /skipped:? ([^)]*)/.exec(name)?.[1] ?? name;
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}
for (const [reason, count] of reasons) process.stdout.write(`skipped ${count}: ${reason}\n`);

const other = Number(stepsFailed) + (numFailedTests === 0 ? numFailedTestSuites : 0) + (numPassedTests === 0 ? 1 : 0);
const failed = numFailedTests + other;
process.stdout.write(`${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped\n`);
process.exit(failed === 0 ? 0 : 1);
