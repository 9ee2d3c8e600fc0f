import { describeStatus, type StatusCode } from './codes.ts';

/**
 * A failure with a code from the one table. `detail` is for the engineer and holds no personal data and no secret.
 */
export class EnrouteError extends Error {
  readonly code: StatusCode;
  readonly detail: string | undefined;

  constructor(code: StatusCode, detail?: string, cause?: unknown) {
    super(`${code}: ${describeStatus(code).sentence}${detail ? ` (${detail})` : ''}`, { cause });
    this.name = 'EnrouteError';
    this.code = code;
    this.detail = detail;
  }
}
