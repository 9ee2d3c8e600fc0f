import { REJECTION_REASONS } from '@enroute/edge-agent/queue/rejection.ts';
import { DEFAULT_IDENTITY_SCHEMA } from '@enroute/shared/policy/identity-schema.ts';
import { expect, it } from 'vitest';
import type { TextKey } from '../texts/texts.ts';
import { REASONS } from './decision.ts';
import { fieldText, proofText } from './names.ts';

const translate = (key: TextKey): string => `the word for ${key}`;

it('Every field of the default schema that a supervisor sees has a name in the reader’s language', () => {
  const fields = Object.keys(DEFAULT_IDENTITY_SCHEMA.fields).filter((field) => field !== 'IDSchemaVersion');
  for (const field of fields) expect(fieldText(field, translate)).toBe(`the word for ${field}`);
});

it('A field or a proof that only one country has keeps the name that it has there', () => {
  expect([fieldText('clanName', translate), proofText('POX', translate)]).toEqual(['clanName', 'POX']);
});

it('No word of the window is taken for a field’s name', () => {
  expect(fieldText('password', translate)).toBe('password');
});

it('Every reason that a rejection may have can be chosen', () => {
  expect(REASONS).toEqual(REJECTION_REASONS);
});
