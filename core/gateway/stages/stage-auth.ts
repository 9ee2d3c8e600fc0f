/**
 * The one place where a country's service is authenticated. It shows with a signature that it has the secret which it
 * shares with the core; what it signed of the body is compared once the body is there.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Request, Response } from 'express';
import type { AnswerDesk } from '../../pipeline/country/answer-desk.ts';
import { hasDigest, isSigned, type Signer } from '../../pipeline/country/message-signature.ts';

/** @throws EnrouteError ENR-STG-009 when there is no such stage, or its service has not signed the request lately. */
export type AuthenticateStage = (request: Request) => AnswerDesk;

/** @param desks by the name of the stage */
export function authenticateStage(desks: ReadonlyMap<string, AnswerDesk>, now: () => Date): AuthenticateStage {
  return (request) => {
    const desk = desks.get(String(request.params.stage));
    // Who asks for a stage that there is not is told no more than who has the wrong secret.
    if (!desk) throw new EnrouteError('ENR-STG-009');
    const message = { method: request.method, target: request.originalUrl };
    const headers = {
      'content-digest': request.get('content-digest'),
      'signature-input': request.get('signature-input'),
      signature: request.get('signature'),
    };
    const signer: Signer = { keyId: desk.declared.name, secret: desk.secret, tag: 'enroute-answer' };
    if (!isSigned(message, headers, signer, now())) throw new EnrouteError('ENR-STG-009', desk.declared.name);
    return desk;
  };
}

/** The stage whose service was authenticated for this request. */
export function deskOf(response: Response): AnswerDesk {
  const desk: AnswerDesk | undefined = response.locals.desk;
  if (!desk) throw new Error('The route is not behind authenticateStage.');
  return desk;
}

/** @throws EnrouteError ENR-STG-009 when it is not the body that was signed. */
export function requireSignedBody(request: Request, body: Uint8Array): void {
  if (!hasDigest(request.get('content-digest'), body)) throw new EnrouteError('ENR-STG-009', 'another body');
}
