/** Which worker has which stages and lanes. */
import type { StatusTable } from '../status-table.ts';

export const LANES_STATUS = {
  'ENR-LAN-001': {
    sentence: 'Another worker that is at work runs a part of these stages, but not the same ones.',
    next: 'Give all workers that share a stage the same --stages, or stop the one that is named first.',
  },
  'ENR-LAN-002': {
    sentence: 'No flow has a stage of this name.',
    next: 'Check the names after --stages; `enroute flow show` lists those that there are.',
  },
  'ENR-LAN-003': {
    sentence: 'The lanes of a worker are not written as they should be.',
    next: 'Write numbers and spans of them, from 0 to 63: --lanes 0-15,20.',
  },
  'ENR-LAN-004': {
    sentence: 'The stages of a worker are not written as they should be.',
    next: "Write those that it runs, --stages packet,quality, or those that it leaves to others, --stages '!quality'.",
  },
} as const satisfies StatusTable;
