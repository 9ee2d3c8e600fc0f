/** Acts about the core itself: what it holds, what it has given up, and the master data that it judges by. */
import { isRid } from '@enroute/shared/rid/rid.ts';
import { coreCardSchema, stationCardSchema } from '@enroute/shared/schemas/cards.ts';
import { digestSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import { countryMasterSchema } from '../master/country-master.ts';
import type { MasterSet } from '../master/set-master.ts';
import type { Conservation } from '../ops/conservation.ts';
import type { DeadLetters } from '../ops/dead-letters.ts';
import type { Act } from './act.ts';

const nothing = z.strictObject({});
type Nothing = z.infer<typeof nothing>;

/** What the core itself has made, and is only shown. */
const shown = <T>(): z.ZodType<T> => z.custom<T>(() => true);

const ridInput = z.strictObject({ rid: z.string().refine(isRid, 'a registration id') });

export const registerAct: Act<z.infer<typeof stationCardSchema>, z.infer<typeof coreCardSchema>> = {
  name: 'station.register',
  input: stationCardSchema,
  said: coreCardSchema,
  done: ({ station }) => `station ${station}`,
  carryOut: async (core, card) => {
    await core.register(card);
    return core.card;
  },
};

export const conservationAct: Act<Nothing, Conservation> = {
  name: 'core.conservation',
  input: nothing,
  said: shown(),
  carryOut: (core, _input, _by, stopping) => core.conservation(stopping),
};

export const deadLettersAct: Act<Nothing, DeadLetters> = {
  name: 'core.dead-letters',
  input: nothing,
  said: shown(),
  carryOut: (core) => core.deadLetters(),
};

export const resumeAct: Act<z.infer<typeof ridInput>, null> = {
  name: 'registration.resume',
  input: ridInput,
  said: z.null(),
  done: ({ rid }) => `registration ${rid}`,
  carryOut: async (core, { rid }, by) => {
    await core.resume(rid, by);
    return null;
  },
};

export interface MasterSetSaid extends MasterSet {
  /** Those that are registered, for warnings. */
  readonly stations: readonly string[];
}

export const setMasterAct: Act<z.infer<typeof countryMasterSchema>, MasterSetSaid> = {
  name: 'master.set',
  input: countryMasterSchema,
  said: shown(),
  done: () => 'master data',
  carryOut: async (core, country) => {
    const stations = (await core.stations.list()).map(({ station }) => station);
    return { ...(await core.setMaster(country)), stations };
  },
};

const setSchema = z.object({ number: z.number(), at: z.string(), country: countryMasterSchema }).nullable();

export const showMasterAct: Act<Nothing, z.infer<typeof setSchema>> = {
  name: 'master.show',
  input: nothing,
  said: setSchema,
  carryOut: async (core) => {
    const stored = await core.master();
    return stored ? { number: stored.number, at: stored.at, country: stored.country } : null;
  },
};

/** The backup itself is taken by the command; the core notes that one begins. */
export const backUpAct: Act<Nothing, null> = {
  name: 'core.backup',
  input: nothing,
  said: z.null(),
  done: () => 'core',
  carryOut: async () => null,
};

const digestInput = z.strictObject({ digest: digestSchema });

/** A packet that has rotted, as the command that has read it says; the vault looks itself. */
export const setAsideAct: Act<z.infer<typeof digestInput>, boolean> = {
  name: 'vault.set-aside',
  input: digestInput,
  said: z.boolean(),
  done: ({ digest }) => `packet ${digest}`,
  carryOut: ({ vault }, { digest }) => vault.setAside(digest),
};
