/**
 * What a country's module is handed and what it has to be. Its types can be imported by a module that lies anywhere:
 *
 * ```ts
 * import type { MakeStage } from '@enroute/core/pipeline/country/country-stage.ts';
 * ```
 *
 * A module runs within the core's processes: the worker runs its stage, and whatever else loads flows (the gateway, the
 * configuration's lint, commands about flows) makes the stage to see what it can say. So it is trusted as the core's own
 * code is; what it gets is narrow so that it depends
 * on little, and so that whoever reviews it sees at once what it can do. It gets no keys and no databases.
 */
import type { Identity, Process } from '@enroute/shared/enrolment/enrolment.ts';
import type { RegistrationFacts } from '@enroute/shared/registration/registration.ts';
import type { OpenedPackets } from '../stage.ts';

export interface StageContext {
  /** As the configuration has them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** For a log that many people read: an event is a word, and what is told of it are numbers, yes and no. */
  readonly log: StageLog;
  /** The core's clock; for what is reckoned of a registration take the `now` that comes with it. */
  readonly now: () => Date;
}

export interface StageLog {
  /** @param event [a-z][a-z0-9-]*, at most 64 characters; anything else is not logged */
  info(event: string, told?: Readonly<Record<string, number | boolean>>): void;
  warn(event: string, told?: Readonly<Record<string, number | boolean>>): void;
}

/** One registration, as far as it is a country's business. */
export interface CountryWork {
  readonly rid: string;
  readonly process: Process;
  readonly station: string;
  readonly operator: string;
  /** What the stages before have found out; a copy. */
  readonly facts: RegistrationFacts;
  /** The demographic fields. @throws EnrouteError ENR-PKT-… when the packet does not open; let it pass. */
  identity(): Identity;
  /** All that was captured. @throws likewise. */
  packets(): OpenedPackets;
}

export type CountryFacts = Readonly<Record<string, string | number | boolean>>;

/** What a country's stage says of a registration; a module and a service say it in the same words. */
export type CountryAnswer =
  /** Done; on to the next stage. */
  | { readonly outcome: 'next'; readonly facts?: CountryFacts | undefined }
  /** Done, and this way is to be taken. */
  | { readonly outcome: 'branch'; readonly branch: string; readonly facts?: CountryFacts | undefined }
  /** The person is not to get what they came for. `code` is one that the configuration declares. */
  | { readonly outcome: 'reject'; readonly code: string; readonly facts?: CountryFacts | undefined }
  /** The registration can't be processed, whoever tries. */
  | { readonly outcome: 'fail'; readonly code: string }
  /** Not now; it is asked again later. */
  | { readonly outcome: 'retry' };

interface CountryStageBase {
  /** As the configuration calls it. */
  readonly name: string;
  /** Besides `fail` and `retry`, which any stage can say. */
  readonly outcomes: readonly ('next' | 'branch' | 'reject')[];
  /** All that a `branch` can name. */
  readonly branches?: readonly string[];
  /** The names of all facts that it can find out. */
  readonly facts?: readonly string[];
}

/** Decides from what it is shown: asks nobody, writes nothing, keeps nothing. */
export interface PureCountryStage extends CountryStageBase {
  readonly kind: 'pure';
  readonly decide: (work: CountryWork, now: Date) => CountryAnswer;
}

/** Asks or changes something outside. It is called again after a crash: to do it twice must be the same as once. */
export interface EffectCountryStage extends CountryStageBase {
  readonly kind: 'effect';
  /** Whether it looks into the packet. */
  readonly reads: boolean;
  /** One answer for each, in order. */
  readonly perform: (works: readonly CountryWork[], now: Date) => Promise<readonly CountryAnswer[]>;
}

export type CountryStage = PureCountryStage | EffectCountryStage;

/**
 * What a module exports as its default. Called once in each process that loads flows, before anything is processed; it must
 * do nothing but make the stage.
 */
export type MakeStage = (context: StageContext) => CountryStage | Promise<CountryStage>;
