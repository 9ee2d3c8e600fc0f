/** W16: ways of the flows that lead nowhere, and a wait that is taken for a failure. */
import { enrolmentOf } from '@enroute/core/pipeline/pipeline.fixture.ts';
import { expect, test } from 'vitest';
import { DAY_MS, doneBy, type Lesson, openLesson, personWith, uinOf } from './lesson.fixture.ts';

async function registered(lesson: Lesson, options: Parameters<typeof enrolmentOf>[1] = {}): Promise<string> {
  const { _id: rid } = await lesson.core.arrive({ enrolment: enrolmentOf(1, options) });
  await lesson.reaches(rid, 'COMPLETED');
  return rid;
}

test('W16: of a lost number that several people may have, a person decides, and the one that they name gets it back', async () => {
  const lesson = await openLesson();
  await lesson.worker();
  const candidates = [
    await registered(lesson, { languages: ['eng'] }),
    await registered(lesson, { languages: ['fra'] }),
  ];
  const { _id: lost } = await lesson.core.arrive({
    process: 'LOST',
    enrolment: enrolmentOf(1, { languages: ['eng', 'fra'] }),
  });
  const waiting = await lesson.reaches(lost, 'PARKED');
  expect(waiting.parked?.reason).toBe('decision');
  expect([...(waiting.facts.candidates ?? [])].sort()).toEqual([...candidates].sort());

  const [, chosen = ''] = candidates;
  await lesson.decide(lost, { decision: 'accept', rid: chosen });
  const found = await lesson.reaches(lost, 'COMPLETED');
  expect(found.verdict?.code).toBe('ENR-OUT-004');
  const linked = await lesson.core.databases.uins.get<{ readonly _id: string; readonly uin: string }>(`rid:${lost}`);
  expect(linked?.uin).toBe(await uinOf(lesson.core, chosen));
});

test('W16: a change by the resident comes to its end without a comparison that it could not pass', async () => {
  const lesson = await openLesson();
  await lesson.worker();
  const uin = await uinOf(lesson.core, await registered(lesson));
  const change = { identity: { UIN: uin, city: 'Fes' }, biometrics: [] };
  const { _id: rid } = await lesson.core.arrive({ process: 'RES_UPDATE', enrolment: enrolmentOf(1, { change }) });
  const registration = await lesson.reaches(rid, 'COMPLETED');
  expect(registration.verdict?.code).toBe('ENR-OUT-003');
  expect(doneBy(registration).at(-2)).toBe('change-identity');
});

test('W16: a child waits for an introducer who is paused, and goes on when that one has got through', async () => {
  const lesson = await openLesson();
  const hold = { name: 'audit', match: { operators: ['op1'] }, hours: 48, after: 'resume' } as const;
  lesson.rules.push({ ...hold, match: { ...hold.match, operators: [...hold.match.operators] } });
  const { _id: introducer } = await lesson.core.arrive({ enrolment: enrolmentOf(1) });
  const { _id: child } = await lesson.core.arrive({
    enrolment: {
      ...personWith(2, { dateOfBirth: '2021/01/02', introducerRID: introducer }),
      documents: enrolmentOf(2).documents.map((document) => ({ ...document, category: 'POR' })),
    },
    // Who keeps watch over the rule has let the child pass.
    change: { immune: ['audit'] },
  });
  await lesson.worker();
  expect((await lesson.reaches(introducer, 'PARKED')).parked?.reason).toBe('paused');
  expect((await lesson.reaches(child, 'PARKED')).parked).toMatchObject({ reason: 'introducer', key: introducer });
  // The pause is known to the introducer's registration alone: nobody takes it for an end.
  lesson.pass(DAY_MS);
  await lesson.until(introducer, 'watched', ({ watchers }) => watchers?.includes(child) === true);
  expect((await lesson.core.get(child)).state).toBe('PARKED');

  lesson.pass(2 * DAY_MS);
  await lesson.reaches(introducer, 'COMPLETED');
  expect((await lesson.reaches(child, 'COMPLETED')).facts).toMatchObject({ ageGroup: 'INFANT', introducer: true });
});
