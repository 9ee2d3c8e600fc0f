import { expect, it } from 'vitest';
import { captureOf, enrolmentOf } from '../enrolment.fixture.ts';
import { enrolmentView } from './enrolment-view.ts';

const enrolment = enrolmentOf(1);

it('A supervisor sees every field as it was written, in each language, and none of the form’s own', () => {
  const { demographics } = enrolmentView({
    ...enrolment,
    identity: { IDSchemaVersion: 0.1, fullName: [{ language: 'fra', value: 'Élodie' }], age: 40, phone: '+2526' },
  });
  expect(demographics).toEqual([
    { field: 'fullName', texts: [{ language: 'fra', value: 'Élodie' }] },
    { field: 'age', texts: [{ language: null, value: '40' }] },
    { field: 'phone', texts: [{ language: null, value: '+2526' }] },
  ]);
});

it('Of documents the names are seen, of captures the quality, and of neither the contents', () => {
  const view = enrolmentView({
    ...enrolment,
    biometrics: [captureOf('RIGHT_THUMB', 78), captureOf('LEFT_THUMB', 0, { exception: true })],
    documents: enrolment.documents.slice(0, 1),
  });
  expect(view.documents).toEqual([{ name: 'passport', category: 'POI', type: 'Passport' }]);
  expect(view.captures).toEqual([
    { position: 'RIGHT_THUMB', quality: 78, poor: false },
    { position: 'LEFT_THUMB', quality: null, poor: false },
  ]);
});

it.each([
  ['below what one capture may score', captureOf('FACE', 29), true],
  ['below what its kind must reach on average', captureOf('FACE', 89), true],
  ['good, yet accepted by force', captureOf('FACE', 95, { forceCaptured: true }), true],
  ['good', captureOf('FACE', 95), false],
])('A capture that is %s: poor %#', (_what, capture, poor) => {
  expect(enrolmentView({ ...enrolment, biometrics: [capture] }).captures).toMatchObject([{ poor }]);
});

it('Whoever vouches for a child is seen apart from the child', () => {
  const view = enrolmentView({
    ...enrolment,
    biometrics: [],
    introducer: { biometrics: [captureOf('RIGHT_IRIS', 80)] },
  });
  expect([view.captures, view.introducer]).toEqual([[], [{ position: 'RIGHT_IRIS', quality: 80, poor: false }]]);
});
