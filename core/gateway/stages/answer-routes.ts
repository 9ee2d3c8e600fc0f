/**
 * Where services of a country's stages send what they could not answer at once. An answer becomes an event of its
 * registration and is confirmed when that is durable; the worker of the registration's lane does the rest. Nothing is
 * looked up here: the key of the question says which registration it was, and that it was asked. To send an answer again
 * changes nothing, and is answered in the same way: the first one counts.
 */
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import express, { type Request, type Response } from 'express';
import { z } from 'zod';
import type { AnswerDesk } from '../../pipeline/country/answer-desk.ts';
import type { AnswerKeys } from '../../pipeline/country/answer-keys.ts';
import { undeclared } from '../../pipeline/country/country-answer.ts';
import type { CountryAnswer } from '../../pipeline/country/country-stage.ts';
import { readServiceAnswers, type ServiceAnswer } from '../../pipeline/country/service-answers.ts';
import type { EventDraft } from '../../pipeline/events/event.ts';
import { RefusalWithHeaders } from '../door/refuse.ts';
import type { Route } from '../route.ts';
import { deskOf, requireSignedBody } from './stage-auth.ts';

export interface StageAnswersOptions {
  /** Stages whose services may answer later, by name. */
  readonly desks: ReadonlyMap<string, AnswerDesk>;
  readonly keys: AnswerKeys;
  /** Durable when it resolves. */
  readonly send: (events: readonly EventDraft[]) => Promise<void>;
  readonly now: () => Date;
}

const MAX_BODY_BYTES = 256 * 1024;
const ID_DIGITS = 32;

export function answerRoutes({ keys, send, now }: StageAnswersOptions): readonly Route[] {
  const read = rawReader();
  return [
    {
      kind: 'stream',
      method: 'POST',
      path: '/stages/:stage/answers',
      access: { by: 'stage' },
      rate: 'stage',
      handle: async (request, response) => {
        const desk = deskOf(response);
        const body = await read(request, response);
        requireSignedBody(request, body);
        const answers = readServiceAnswers(parse(body));
        if (answers === undefined || answers.size === 0) throw new EnrouteError('ENR-STG-011');
        const at = now().toISOString();
        const events = [...answers].map(([key, answer]) => eventOf(key, answer, desk, keys, at));
        await send(events);
        response.status(202).set('Cache-Control', 'no-store').json({ taken: events.length });
      },
    },
  ];
}

/** @throws EnrouteError ENR-STG-010 when the stage has not asked that, ENR-STG-011 when it can't be answered so. */
function eventOf(
  key: string,
  answer: ServiceAnswer | undefined,
  { declared }: AnswerDesk,
  keys: AnswerKeys,
  at: string,
): EventDraft {
  const asked = keys.visitOf(key, declared.name);
  if (asked === undefined) throw new EnrouteError('ENR-STG-010', declared.name);
  if (!isFinal(answer)) throw new EnrouteError('ENR-STG-011', declared.name);
  const wrong = undeclared(answer, declared);
  if (wrong !== undefined) throw new EnrouteError('ENR-STG-011', `${declared.name}: ${wrong}`);
  // The same for the same question: an answer that comes twice is one event.
  const { rid, visit } = asked;
  const _id = `${rid}:answer-${sha256Hex(key).slice(0, ID_DIGITS)}`;
  return { _id, kind: 'wake', rid, at, reason: 'answer', key, visit, body: z.json().parse(answer) };
}

/** Whoever was asked to wait has waited. */
function isFinal(answer: ServiceAnswer | undefined): answer is CountryAnswer {
  return answer !== undefined && answer.outcome !== 'wait' && answer.outcome !== 'retry';
}

/** As it came, for its digest is of just these bytes: what is compressed is not taken. */
function rawReader(): (request: Request, response: Response) => Promise<Buffer> {
  const take = express.raw({ type: 'application/json', limit: MAX_BODY_BYTES, inflate: false });
  return async (request, response) => {
    await new Promise<void>((resolve, reject) => {
      take(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
    });
    const body: unknown = request.body;
    if (!Buffer.isBuffer(body)) throw new RefusalWithHeaders('ENR-WEB-003', {}, 415);
    return body;
  };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new RefusalWithHeaders('ENR-WEB-003', {}, 400);
  }
}
