/** What a process leaves behind when it crashes: what went wrong and where, and no secret and no personal data. */
import { errorLine, summariseError } from '../disk/error-summary.ts';

/**
 * For a process's very beginning. Diagnostic reports leave the environment out; an exception that nobody catches ends the
 * process with its summary, instead of with everything that is attached to it, and so does the report on it if Node was
 * told to write one. Core dumps are the operating system's: see docs/security-model.md.
 */
export function keepCrashesClean(): void {
  process.report.excludeEnv = true;
  process.on('uncaughtException', (error) => {
    const { stack = [] } = summariseError(error);
    const trace = [`uncaught: ${errorLine(error)}`, ...stack].join('\n    ');
    process.stderr.write(`${trace}\n`);
    if (process.report.reportOnUncaughtException) {
      process.report.writeReport(Object.assign(new Error(errorLine(error)), { stack: trace }));
    }
    process.exit(1);
  });
}
