/** What of an enrolment a supervisor looks at: every word that was written, and of captures how good they are. */
import type { Biometric, Enrolment, FieldValue } from '@enroute/shared/enrolment/enrolment.ts';
import { DEFAULT_QUALITY_POLICY, judgeQuality } from '@enroute/shared/policy/quality-policy.ts';
import type { CaptureView, EnrolmentView, FieldView } from '../shared-api.ts';

/** Of the form, and not of the person. */
const FORM_FIELDS: ReadonlySet<string> = new Set(['IDSchemaVersion']);

export function enrolmentView(enrolment: Enrolment): EnrolmentView {
  const { identity, consent, capturedAt, documents, biometrics, introducer } = enrolment;
  return {
    consent,
    capturedAt,
    demographics: Object.entries(identity)
      .filter(([field]) => !FORM_FIELDS.has(field))
      .map(([field, value]) => ({ field, texts: textsOf(value) })),
    documents: documents.map(({ name, category, type }) => ({ name, category, type })),
    captures: captureViews(biometrics),
    introducer: captureViews(introducer?.biometrics ?? []),
  };
}

function textsOf(value: FieldValue): FieldView['texts'] {
  if (typeof value === 'string' || typeof value === 'number') return [{ language: null, value: String(value) }];
  return value.map((text) => ({ language: text.language, value: text.value }));
}

function captureViews(captures: readonly Biometric[]): CaptureView[] {
  const { poor } = judgeQuality(captures, DEFAULT_QUALITY_POLICY);
  return captures.map(({ position, quality, exception, forceCaptured }) => ({
    position,
    quality: exception ? null : quality,
    poor: !exception && (forceCaptured || poor.includes(position)),
  }));
}
