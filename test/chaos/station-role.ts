/** What a station's process is told to be; secrets are not among it. */
import type { StationTiming } from '@enroute/edge-agent/station.ts';

export interface StationRole {
  readonly folder: string;
  readonly gatewayUrl: string;
  readonly station: string;
  /** Names the population that `people` are numbers of. */
  readonly population: number;
  readonly people: readonly number[];
  /** One comes to the desk in so long, on average. */
  readonly everyMs: number;
  /** How wrong the machine's clock is. */
  readonly clockWrongMs: number;
  readonly timing: Partial<StationTiming>;
}
