/** Everything that is wrong with flows: each problem a sentence that names the place. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';

export class FlowError extends EnrouteError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('ENR-FLW-001', problems.join('\n'));
    this.problems = problems;
  }
}
