import { STATUS_CODES } from '@enroute/shared/status/codes.ts';
import { describeTexts } from '@enroute/shared/ui/texts.fixture.ts';
import { describe, expect, it } from 'vitest';
import { ar } from './ar.ts';
import { en } from './en.ts';
import { fr } from './fr.ts';
import { statusText } from './status-text.ts';

describeTexts({ en, fr, ar });

describe('The sentence of a code', () => {
  const operatorSees = STATUS_CODES.filter((code) =>
    /^ENR-((OUT|DDP|QUA|VAL|CMD|CTY|STN|APR|LIM)-|LNK-00[2-9]|MAN-006|AUT-00[3457]|TRU-01[012]|WEB-0(0[6-9]|1[01]))/.test(
      code,
    ),
  );

  it.each(operatorSees)('%s is there in French and in Arabic', (code) => {
    for (const language of ['fr', 'ar'] as const) {
      const text = statusText(code, language);
      expect(text.language).toBe(language);
      expect(text.sentence).not.toBe(statusText(code, 'en').sentence);
      expect(text.next.trim()).not.toBe('');
    }
  });

  it('that is not translated is shown in English, and says that it is', () => {
    expect(statusText('ENR-PKT-001', 'ar')).toEqual(statusText('ENR-PKT-001', 'en'));
    expect(statusText('ENR-PKT-001', 'ar').language).toBe('en');
  });
});
