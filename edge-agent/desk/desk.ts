/** What the work at a desk stands on. */
import type { EnrolmentPolicy } from '@enroute/shared/policy/enrolment-policy.ts';
import type { MasterData } from '@enroute/shared/policy/master-data.ts';
import type { StationIdentity } from '../keys/station-identity.ts';
import type { TrustedCore } from '../keys/trusted-core.ts';
import type { PacketFiles } from '../queue/packet-files.ts';
import type { Queue } from '../queue/queue.ts';
import type { RidIssuer } from '../queue/rid-issuer.ts';
import type { Turns } from '../queue/turns.ts';
import type { Limits } from './limits.ts';

export interface Desk {
  readonly identity: StationIdentity;
  readonly core: TrustedCore;
  readonly rids: RidIssuer;
  /** Who works on an existing registration takes its turn. */
  readonly turns: Turns;
  /** Sealed packets. */
  readonly files: PacketFiles;
  /** Drafts, and copies for the supervisor's eyes: sealed for this station. */
  readonly drafts: PacketFiles;
  readonly queue: Queue;
  readonly policy: EnrolmentPolicy;
  /** What the core has told of centers, people and devices; undefined when it has told nothing. */
  readonly masterData: () => MasterData | undefined;
  /** Whether the core has asked this station to capture again for that registration. */
  readonly hasOpenTask: (rid: string) => Promise<boolean>;
  /** How much more the station takes. */
  readonly limits: () => Promise<Limits>;
  readonly now: () => Date;
}
