/** A country's own stages: what they refuse with at the desk, and what can go wrong between them and the core. */
import type { StatusTable } from '../status-table.ts';

const TRIED_AGAIN = 'Nothing. It is tried again; what fails for long becomes a dead letter.';

export const STAGES_STATUS = {
  'ENR-CTY-001': {
    sentence: "A check of the country's own has refused this registration.",
    next: 'Send the person to the authority; the support desk can tell which check it was.',
  },
  'ENR-CTY-002': {
    sentence: "A check of the country's own demands other papers for this registration.",
    next: 'Enrol the person again with the papers that the authority asks for.',
  },
  'ENR-CTY-003': {
    sentence: "What was entered differs from the country's own records.",
    next: 'Go through the entries with the person, then enrol them again.',
  },

  'ENR-STG-001': { sentence: "A country stage's service can not be reached.", next: TRIED_AGAIN },
  'ENR-STG-002': { sentence: "A country stage's service is busy or has failed.", next: TRIED_AGAIN },
  'ENR-STG-003': { sentence: "A country stage's service did not answer within its deadline.", next: TRIED_AGAIN },
  'ENR-STG-004': {
    sentence: "A country stage's service does not take the question as the core asks it.",
    next: "Check the stage's address and secret in the configuration, and the service's log.",
  },
  'ENR-STG-005': {
    sentence: "A country stage's service answered what it may not, or more than it may.",
    next: "Compare its answer with what the stage's configuration declares.",
  },
  'ENR-STG-006': { sentence: "A country stage's service gave no answer to this question.", next: TRIED_AGAIN },
  'ENR-STG-007': {
    sentence: "A country stage's module threw, or returned what it may not.",
    next: 'Have whoever wrote the module look at it; the log says what was wrong.',
  },
  'ENR-STG-008': {
    sentence: 'A country stage is not as it must be; nothing was started.',
    next: 'Mend the stage or its configuration; docs/adding-a-stage.md says what belongs there.',
  },
  'ENR-STG-009': {
    sentence: 'The answer is not signed as it must be.',
    next: 'Check the secret, the clock, and how the signature is made; docs/adding-a-stage.md says how.',
  },
  'ENR-STG-010': {
    sentence: 'The answer is to a question that this stage has not asked.',
    next: 'Send the key of the question back as it came.',
  },
  'ENR-STG-011': {
    sentence: 'The answer is none that the stage may give later.',
    next: "Compare it with what the stage's configuration declares.",
  },
  'ENR-STG-012': {
    sentence: "A country stage's service was not asked: the time of the try went to others.",
    next: TRIED_AGAIN,
  },
} as const satisfies StatusTable;
