/** The configuration of the core, and which processes may run beside each other. */
import type { StatusTable } from '../status-table.ts';

export const CONFIG_STATUS = {
  'ENR-CFG-001': {
    sentence: 'The configuration file can not be read.',
    next: 'Check its path, and whether you may read it.',
  },
  'ENR-CFG-002': {
    sentence: 'The configuration file is wrong.',
    next: 'Correct the places that are named; docs/operations.md lists every key.',
  },
  'ENR-CFG-003': {
    sentence: 'The configuration contradicts itself.',
    next: 'Change what is named; `enroute config lint` says it again, with the values.',
  },
  'ENR-CFG-004': {
    sentence: 'The embedded store belongs to one process: gateway and worker can not run as two on it.',
    next: 'Run `enroute core start`, or use a CouchDB (store.kind: couchdb, vault.kind: store).',
  },
  'ENR-CFG-006': {
    sentence: 'It is not known how stations and people reach the gateway.',
    next: 'Set gateway.publicUrl in the configuration, or do it while the core runs.',
  },
  'ENR-CFG-005': {
    sentence: 'It is not said which core is meant.',
    next: 'Give --config <file>, or --folder <folder>.',
  },
} as const satisfies StatusTable;
