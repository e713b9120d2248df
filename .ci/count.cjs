// Adds up what vitest reported, file by file, and ends with "N passed, N failed". A test that was skipped has failed.
const { readFileSync } = require("node:fs");

const reports = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")));
const sum = (count) => reports.reduce((total, report) => total + count(report), 0);
const skipped = reports
  .flatMap(({ testResults }) => testResults.flatMap((file) => file.assertionResults))
  .filter(({ status }) => status === "skipped" || status === "pending" || status === "todo");
for (const { fullName } of skipped) console.log(`Skipped, which fails here: ${fullName}`);
const notRun = sum(({ numPendingTests, numTodoTests }) => numPendingTests + numTodoTests);
// A file that does not load has no tests to count.
const notLoaded = ({ numFailedTests, numFailedTestSuites }) =>
  numFailedTests === 0 && numFailedTestSuites > 0 ? 1 : 0;
const failed = sum(({ numFailedTests }) => numFailedTests) + skipped.length + sum(notLoaded);
console.log(`${sum(({ numPassedTests }) => numPassedTests)} passed, ${failed} failed`);
process.exit(failed === 0 && notRun === skipped.length ? 0 : 1);
