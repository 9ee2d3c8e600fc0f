/**
 * Every way in which something can be refused, fail or end, once: a code that is never used for two things, a sentence
 * for the person at the desk, and what to do next. Whoever shows a failure shows these three.
 *
 * Codes are `ENR-<area>-<number>`. A code that has been released keeps its meaning for ever; a new meaning is a new
 * code.
 */
import type { StatusText } from './status-table.ts';
import { ACTIONS_STATUS } from './tables/actions.ts';
import { BACKUP_STATUS } from './tables/backup.ts';
import { CONFIG_STATUS } from './tables/config.ts';
import { CORE_STATUS } from './tables/core.ts';
import { DOOR_STATUS } from './tables/door.ts';
import { FLOW_STATUS } from './tables/flow.ts';
import { LANES_STATUS } from './tables/lanes.ts';
import { OPERATIONS_STATUS } from './tables/operations.ts';
import { PACKET_STATUS } from './tables/packet.ts';
import { PEOPLE_STATUS } from './tables/people.ts';
import { RULES_STATUS } from './tables/rules.ts';
import { STAGES_STATUS } from './tables/stages.ts';
import { STATION_STATUS } from './tables/station.ts';
import { SYNC_STATUS } from './tables/sync.ts';
import { TRUST_STATUS } from './tables/trust.ts';
import { VAULT_STATUS } from './tables/vault.ts';

/** By area. No area stands in two of them. */
export const STATUS_TABLES = [
  PACKET_STATUS,
  SYNC_STATUS,
  DOOR_STATUS,
  RULES_STATUS,
  CORE_STATUS,
  CONFIG_STATUS,
  BACKUP_STATUS,
  VAULT_STATUS,
  PEOPLE_STATUS,
  STAGES_STATUS,
  STATION_STATUS,
  TRUST_STATUS,
  FLOW_STATUS,
  ACTIONS_STATUS,
  LANES_STATUS,
  OPERATIONS_STATUS,
] as const;

const STATUS = {
  ...PACKET_STATUS,
  ...SYNC_STATUS,
  ...DOOR_STATUS,
  ...RULES_STATUS,
  ...CORE_STATUS,
  ...CONFIG_STATUS,
  ...BACKUP_STATUS,
  ...VAULT_STATUS,
  ...PEOPLE_STATUS,
  ...STAGES_STATUS,
  ...STATION_STATUS,
  ...TRUST_STATUS,
  ...FLOW_STATUS,
  ...ACTIONS_STATUS,
  ...LANES_STATUS,
  ...OPERATIONS_STATUS,
} as const;

export type StatusCode = keyof typeof STATUS;

export const STATUS_CODES = Object.keys(STATUS) as readonly StatusCode[];

export function isStatusCode(text: string): text is StatusCode {
  return Object.hasOwn(STATUS, text);
}

export function describeStatus(code: StatusCode): StatusText {
  return STATUS[code];
}
