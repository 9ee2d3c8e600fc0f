/** What people order the pipeline to do with registrations. */
import type { StatusTable } from '../status-table.ts';

export const ACTIONS_STATUS = {
  'ENR-ACT-001': {
    sentence: 'The registration was stopped by an administrator.',
    next: 'Ask the administrator why, and enrol the person again if they say so.',
  },
  'ENR-ACT-002': {
    sentence: 'The preview of this order is too old, was for another order, or has been used.',
    next: 'Look at a new preview and give the order with that one.',
  },
  'ENR-ACT-003': {
    sentence: 'Nothing is known of such an order.',
    next: 'Check its number; what came of orders is kept for 30 days, and who gave them stands in the audit.',
  },
  'ENR-ACT-004': {
    sentence: 'There is no pause rule of this name.',
    next: 'Look at the list of pause rules.',
  },
  'ENR-ACT-005': {
    sentence: 'There are as many pause rules as there can be.',
    next: 'Remove those that are over.',
  },
} as const satisfies StatusTable;
