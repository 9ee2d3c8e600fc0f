/**
 * Signing in and out, and what people change of themselves. Who signs in is not known before the answer, so these routes
 * tell the audit themselves; of an id that nobody has, the audit learns only that somebody tried: people type passwords
 * into the wrong field.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import type { Audit } from '../../audit/audit.ts';
import type { Entered, People } from '../../people/people.ts';
import { SignInRefusal } from '../../people/sign-in-refusal.ts';
import type { Standing } from '../../people/standing.ts';
import type { Answer, Asked, JsonRoute, Route } from '../route.ts';
import { codeSchema, networkOf, passwordSchema, personOf, refusalOf, refusing } from './proof.ts';

export interface SessionRoutesOptions {
  readonly people: People;
  readonly audit: Pick<Audit, 'note'>;
}

const signInSchema = z.strictObject({
  id: z.string().min(1).max(64),
  password: passwordSchema,
  code: codeSchema.optional(),
});
const linkSchema = z.strictObject({ link: z.string().max(128) });
const newPasswordSchema = z.strictObject({ from: passwordSchema.optional(), to: passwordSchema });
const offerSchema = z.strictObject({ password: passwordSchema });
const confirmSchema = z.strictObject({ code: codeSchema });
const removalSchema = z.strictObject({ password: passwordSchema, code: codeSchema });

export function sessionRoutes({ people, audit }: SessionRoutesOptions): readonly Route[] {
  /** Whoever was signed in with the cookie that came along is not any more: a planted cookie is of no use. */
  const signIn = async (asked: Asked, act: string, enter: () => Promise<Entered>): Promise<Answer> => {
    const { address, requestId } = asked;
    try {
      const entered = await enter();
      await people.signOut(asked.cookies);
      const { actor } = entered.standing;
      await audit.note({ by: actor.id, act, outcome: 'done', address, requestId });
      return answerOf(entered);
    } catch (error) {
      const refusal = refusalOf(error);
      // While sign-in is locked nothing is tried: an entry for each request would let anybody fill the audit.
      if (error instanceof SignInRefusal && error.code !== 'ENR-PPL-003') {
        await audit.note({ by: error.facts.person ?? 'anyone', act, outcome: error.code, address, requestId });
      }
      throw refusal;
    }
  };

  return [
    {
      ...forAnyone('POST', '/api/session'),
      body: signInSchema,
      answer: (asked) =>
        signIn(asked, 'session.begin', () =>
          people.signIn({ ...signInSchema.parse(asked.body), network: networkOf(asked) }),
        ),
    },
    {
      ...forAnyone('POST', '/api/session/link'),
      body: linkSchema,
      answer: (asked) =>
        signIn(asked, 'session.begin-by-link', () =>
          people.signInByLink(linkSchema.parse(asked.body).link, networkOf(asked)),
        ),
    },
    {
      ...ofOnesOwn('GET', '/api/session'),
      answer: async (asked) => {
        personOf(asked);
        const standing = await people.standing(asked.cookies);
        if (!standing) throw new EnrouteError('ENR-PPL-004');
        return { body: viewOf(standing) };
      },
    },
    {
      ...ofOnesOwn('DELETE', '/api/session', 'session.end'),
      answer: async (asked) => ({ headers: { 'Set-Cookie': await people.signOut(asked.cookies) } }),
    },
    {
      ...ofOnesOwn('PUT', '/api/session/password', 'password.change'),
      body: newPasswordSchema,
      answer: async (asked) => {
        const { from, to } = newPasswordSchema.parse(asked.body);
        return answerOf(await refusing(people.changePassword(personOf(asked), from, to, networkOf(asked))));
      },
    },
    {
      ...ofOnesOwn('POST', '/api/session/second-factor', 'second-factor.offer'),
      body: offerSchema,
      answer: async (asked) => {
        const { password } = offerSchema.parse(asked.body);
        return { body: await refusing(people.offerSecondFactor(personOf(asked), password, networkOf(asked))) };
      },
    },
    {
      ...ofOnesOwn('PUT', '/api/session/second-factor', 'second-factor.confirm'),
      body: confirmSchema,
      answer: async (asked) => {
        const { code } = confirmSchema.parse(asked.body);
        return withCookie(await refusing(people.confirmSecondFactor(personOf(asked), code)));
      },
    },
    {
      ...ofOnesOwn('DELETE', '/api/session/second-factor', 'second-factor.remove'),
      body: removalSchema,
      answer: async (asked) => {
        const { password, code } = removalSchema.parse(asked.body);
        return withCookie(await refusing(people.removeSecondFactor(personOf(asked), password, code, networkOf(asked))));
      },
    },
  ];
}

function forAnyone(method: 'POST', path: string): Omit<JsonRoute, 'answer'> {
  return { kind: 'json', method, path, access: { by: 'anyone' }, rate: 'sign-in' };
}

function ofOnesOwn(method: JsonRoute['method'], path: string, act?: string): Omit<JsonRoute, 'answer'> {
  const access = { by: 'people', roles: 'signed-in' } as const;
  return { kind: 'json', method, path, access, rate: 'people', ...(act !== undefined && { act }) };
}

function viewOf({ actor, secondFactor, mustChangePassword, mustSetUpSecondFactor }: Standing): object {
  const { id, roles, centers } = actor;
  return { actor: { id, roles, centers }, secondFactor, mustChangePassword, mustSetUpSecondFactor };
}

function answerOf({ standing, cookie }: Entered): Answer {
  return { body: viewOf(standing), headers: { 'Set-Cookie': cookie } };
}

function withCookie({ cookie }: Entered): Answer {
  return { headers: { 'Set-Cookie': cookie } };
}
