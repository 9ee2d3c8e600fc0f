/** Running a core. */
import { type StatusTable, TELL_SUPPORT } from '../status-table.ts';

export const CORE_STATUS = {
  'ENR-MST-001': {
    sentence: 'The master data of a station is too large to be sent to it.',
    next: 'Take out what is no longer needed: people, periods or devices that ended long ago.',
  },

  'ENR-ENG-001': { sentence: 'A step of the processing failed unexpectedly.', next: TELL_SUPPORT },
  'ENR-ENG-002': {
    sentence: 'A step of the processing failed too often; an administrator must look at it.',
    next: 'Nothing. The packet is safe in the core.',
  },

  'ENR-OPS-001': {
    sentence: 'This registration is no dead letter that could be taken up again.',
    next: 'Check its id; `enroute core dead-letters` lists those that are.',
  },
  'ENR-OPS-002': {
    sentence: 'There is no core in this folder.',
    next: 'Check the folder, or make a core there: enroute core init.',
  },
  'ENR-OPS-003': {
    sentence: "The core's keys are not those that its data was made with.",
    next: 'Put the right core-keys.json back; without it the data and the stations are lost to this core.',
  },
  'ENR-OPS-004': {
    sentence: "Another process uses the core's store.",
    next: 'Stop the core first, then try again.',
  },
  'ENR-OPS-005': {
    sentence: 'The file is not what this command takes.',
    next: 'Correct the file; docs/operations.md says what belongs in it.',
  },
  'ENR-OPS-006': {
    sentence: 'The file can not be read.',
    next: 'Check its path, and whether you may read it.',
  },
  'ENR-OPS-007': {
    sentence: "This machine's clock is behind the newest time in the core's store.",
    next: 'Set it right. If it is right, it was ahead once: set it past that time for this one command.',
  },
  'ENR-OPS-008': {
    sentence: 'The core was given other keys while this process ran.',
    next: 'Put the present core-keys.json on this machine and start the process again.',
  },
  'ENR-OPS-009': {
    sentence: 'The core ended or fell silent before it said what became of this order.',
    next: 'Look whether it was done (enroute core audit show tells); if not, give the order again.',
  },

  'ENR-EXP-001': {
    sentence: 'The core holds no packet of this registration.',
    next: 'Check its id; a packet that was only announced has no bytes yet.',
  },
  'ENR-EXP-002': {
    sentence: 'There is a file of this name already; nothing was written.',
    next: 'Choose another name, or move the file away.',
  },
} as const satisfies StatusTable;
