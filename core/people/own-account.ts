/**
 * What people change of themselves: the password and the second factor. Each change that others may not have made ends all
 * sessions of the person but gives this one a new token. A password that is asked for here counts like one at the
 * sign-in: a stolen cookie is no place to try passwords.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { PasswordHash } from './password-hash.ts';
import { requireGoodPassword } from './password-rules.ts';
import type { PersonRecord } from './person-records.ts';
import { type SignedIn, type SignInParts, triedAs, withCodeSpent } from './sign-in.ts';
import { SignInRefusal } from './sign-in-refusal.ts';

/** For the authenticator: as a QR code, and for typing. */
export interface OfferShown {
  readonly uri: string;
  readonly secret: string;
}

export interface OwnAccount {
  /**
   * @param from not asked for where there is none yet
   * @param network as in Credentials, here and below
   * @throws EnrouteError ENR-PPL-008 when `to` is no good; SignInRefusal ENR-PPL-001, -003.
   */
  changePassword(person: string, from: string | undefined, to: string, network?: string): Promise<SignedIn>;
  /**
   * That whoever sits there is the person, and nobody who found their session; asked for before what gives others a way in.
   * @param code spent by it; not asked for where no second factor is on
   * @throws SignInRefusal ENR-PPL-001, -002, -003.
   */
  prove(person: string, password: string, code?: string, network?: string): Promise<void>;
  /** @throws EnrouteError ENR-PPL-012 when one is on; SignInRefusal ENR-PPL-001, -003. */
  offerSecondFactor(person: string, password: string, network?: string): Promise<OfferShown>;
  /** On from now. @throws SignInRefusal ENR-PPL-002; EnrouteError ENR-PPL-013 when none was offered. */
  confirmSecondFactor(person: string, code: string): Promise<SignedIn>;
  /** @throws SignInRefusal ENR-PPL-001, -002, -003; EnrouteError ENR-PPL-013 when none is on. */
  removeSecondFactor(person: string, password: string, code: string, network?: string): Promise<SignedIn>;
}

/** The step of a code that nobody has shown yet. */
const NO_STEP = 0;

export function openOwnAccount(parts: SignInParts): OwnAccount {
  const { records, tries, hashes, factors, sessions } = parts;

  async function must(person: string): Promise<PersonRecord> {
    const record = await records.get(person);
    if (!record) throw new EnrouteError('ENR-PPL-009');
    return record;
  }

  /** @param work what is done with it; when that succeeds, too, the tries are forgotten. */
  function withPassword<T>(
    person: string,
    password: string,
    network: string | undefined,
    work: (record: PersonRecord, hash: (password: string) => Promise<PasswordHash>) => Promise<T>,
  ): Promise<T> {
    return hashes.withPlace(async (place) => {
      const record = await must(person);
      const as = triedAs(parts, person, record, network);
      await tries.count(as);
      if (!(await place.isRight(password, record.password))) throw new SignInRefusal('ENR-PPL-001', { person });
      const result = await work(record, (text) => place.hash(text));
      await tries.forget(as);
      return result;
    });
  }
  const hashOf = (password: string) => hashes.withPlace((place) => place.hash(password));

  /** Ends every session, and begins one. */
  async function renew(
    { id, generation }: PersonRecord,
    change: (present: PersonRecord) => PersonRecord,
  ): Promise<SignedIn> {
    const record = await records.change(id, (present) => {
      if (present.generation !== generation) throw new EnrouteError('ENR-PPL-004');
      return { ...change(present), generation: generation + 1 };
    });
    return { record, token: await sessions.begin(id, record.generation) };
  }

  return {
    changePassword: async (person, from, to, network) => {
      requireGoodPassword(to, person);
      const record = await must(person);
      if (record.password) {
        return withPassword(person, from ?? '', network, async (proved, hash) => {
          const password = await hash(to);
          return renew(proved, (present) => ({ ...present, password }));
        });
      }
      const password = await hashOf(to);
      const renewed = await renew(record, (present) => ({ ...present, password }));
      await tries.forget(triedAs(parts, person, record, network));
      return renewed;
    },
    prove: (person, password, code, network) =>
      withPassword(person, password, network, async ({ generation }) => {
        await records.change(person, (present) => {
          if (present.generation !== generation) throw new EnrouteError('ENR-PPL-004');
          return withCodeSpent(factors, present, code);
        });
      }),
    offerSecondFactor: (person, password, network) =>
      withPassword(person, password, network, async () => {
        const { uri, secret, box } = factors.offer(person);
        await records.change(person, (present) => {
          if (present.secondFactor) throw new EnrouteError('ENR-PPL-012');
          return { ...present, secondFactorOffered: { box } };
        });
        return { uri, secret };
      }),
    confirmSecondFactor: async (person, code) =>
      renew(await must(person), ({ secondFactorOffered, ...present }) => {
        if (!secondFactorOffered) throw new EnrouteError('ENR-PPL-013');
        const lastStep = factors.stepOf(person, secondFactorOffered.box, code, NO_STEP);
        if (lastStep === undefined) throw new SignInRefusal('ENR-PPL-002', { person });
        return { ...present, secondFactor: { ...secondFactorOffered, lastStep } };
      }),
    removeSecondFactor: (person, password, code, network) =>
      withPassword(person, password, network, (record) =>
        renew(record, (present) => {
          if (!present.secondFactor) throw new EnrouteError('ENR-PPL-013');
          const { secondFactor, ...rest } = withCodeSpent(factors, present, code);
          return rest;
        }),
      ),
  };
}
