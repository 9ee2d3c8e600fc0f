/** A station's folder that is set up as a country does it, and the command line run upon it as a person would. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type KeyPair, newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { mosipFromEnrolment } from '@enroute/shared/mosip/export.ts';
import { type MasterStationBody, masterId, signMaster } from '@enroute/shared/schemas/master.ts';
import { type ReceiptBody, receiptId, signReceipt } from '@enroute/shared/schemas/receipt.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { pino } from 'pino';
import { expect, onTestFinished } from 'vitest';
import { infant } from '../agent/agent.fixture.ts';
import { createPerson } from '../keys/people.ts';
import { createIdentity } from '../keys/station-identity.ts';
import { trustCore } from '../keys/trusted-core.ts';
import { type OpenedStation, openStation } from '../open-station.ts';
import { NOW, STATION } from '../queue/queue.fixture.ts';
import { temporaryFolder } from '../queue/station-database.fixture.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { tellFailure } from './output.ts';
import { stationCommand } from './station-command.ts';
import type { Terminal } from './terminal.ts';

export const SECRETS = {
  ENROUTE_STATION_PASSPHRASE: 'planted passphrase of the station',
  ENROUTE_LOCAL_TOKEN: 'planted token of the local API',
} as const;
const PASSWORDS = { amina: 'planted password of amina', salim: 'planted password of salim' } as const;

/** Amina enrols, Salim decides. */
export const AMINA = { ENROUTE_PERSON: 'amina', ENROUTE_PERSON_PASSWORD: PASSWORDS.amina } as const;
export const SALIM = { ENROUTE_PERSON: 'salim', ENROUTE_PERSON_PASSWORD: PASSWORDS.salim } as const;

export interface Ran {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
  /** Standard output as one JSON document. */
  json(): unknown;
  /** Standard output as one JSON document a line. */
  lines(): unknown[];
}

/** @param env in place of nothing: secrets that a test does not give are not there */
export async function runStation(args: readonly string[], env: NodeJS.ProcessEnv, change: Partial<Terminal> = {}) {
  const said = { out: '', err: '', code: EXIT.done as ExitCode };
  const terminal: Terminal = {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    screen: undefined,
    env: { ...env },
    now: () => NOW,
    askSecret: undefined,
    endWith: (code) => {
      said.code = code;
    },
    toldToEnd: () => Promise.resolve(),
    ...change,
  };
  try {
    await stationCommand(terminal).parseAsync([...args], { from: 'user' });
  } catch (error) {
    said.code = tellFailure(terminal, { json: args.includes('--json') }, error);
  }
  const ran: Ran = {
    ...said,
    json: () => JSON.parse(said.out),
    lines: () =>
      said.out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
  return ran;
}

export interface TestDesk {
  readonly folder: string;
  run(args: readonly string[], env?: NodeJS.ProcessEnv, change?: Partial<Terminal>): Promise<Ran>;
  /** Writes a capture folder. @returns its path */
  capture(change?: Partial<Enrolment>): Promise<string>;
  /** Writes a MOSIP packet as a folder. @param edit of its files before they are written */
  mosip(edit?: (files: Map<string, Uint8Array>) => void): Promise<string>;
  /** Enrols by the command line. @returns the RID */
  enrol(change?: Partial<Enrolment>): Promise<string>;
  /** From now on a supervisor has to approve, or whatever else the core says. */
  coreSays(change: Partial<MasterStationBody>): Promise<void>;
  /** The core's receipt that it has ended. */
  coreEnds(rid: string): Promise<void>;
  /** Opens the station for a moment. */
  opened<T>(work: (station: OpenedStation) => Promise<T>): Promise<T>;
  /** `station start`, without a core at the other end. @returns how to end it */
  startAgent(): Promise<() => Promise<Ran>>;
}

export async function openTestDesk(): Promise<TestDesk> {
  const base = await temporaryFolder();
  const folder = join(base, 'station');
  const { core, files: keys } = await setUp();
  await writeFiles(folder, keys);
  let number = 0;
  let written = 0;

  const run: TestDesk['run'] = (args, env = AMINA, change = {}) =>
    runStation([...args, '--folder', folder], { ...SECRETS, ...env }, change);
  const opened: TestDesk['opened'] = async (work) => {
    const log = pino({ enabled: false });
    const station = await openStation({ folder, passphrase: SECRETS.ENROUTE_STATION_PASSPHRASE, now: () => NOW, log });
    try {
      return await work(station);
    } finally {
      await station.close();
    }
  };
  const capture: TestDesk['capture'] = async (change = {}) => {
    written += 1;
    return writeCapture(join(base, `capture-${written}`), infant(change));
  };

  // Where a new station begins to count is chance; tests know their RIDs beforehand.
  await opened(({ database }) => database.counters.incrementalUpsert({ name: 'rid-sequence', value: 0 }));
  return {
    folder,
    run,
    capture,
    opened,
    mosip: async (edit = () => undefined) => {
      written += 1;
      const createdAt = NOW.toISOString();
      const rid = '10009100990000120260301090000';
      const files = new Map(
        mosipFromEnrolment(infant(), {
          rid,
          process: 'NEW',
          station: rid.slice(0, 10),
          operator: 'officer-7',
          createdAt,
        }),
      );
      edit(files);
      return writeFiles(join(base, `mosip-${written}`), files);
    },
    enrol: async (change) => {
      const ran = await run(['enrol', await capture(change), '--json']);
      expect(ran).toMatchObject({ code: EXIT.done });
      return (ran.json() as { rid: string }).rid;
    },
    coreSays: async (change) => {
      number += 1;
      const at = NOW.toISOString();
      const common = { v: 1, kind: 'station', station: STATION, number, at, approval: false, limits: {} } as const;
      const body = { ...signMaster({ ...common, ...change }, core.signing) };
      await opened(({ database }) => database.incoming.upsert({ id: masterId('station'), body }));
    },
    coreEnds: (rid) =>
      opened(async (station) => {
        const { digest } = (await station.show(rid)).manifest.packet;
        const body: ReceiptBody = {
          v: 1,
          kind: 'OUTCOME',
          rid,
          station: STATION,
          digest,
          at: NOW.toISOString(),
          epoch: 'first',
          outcome: 'COMPLETED',
          code: 'ENR-OUT-001',
        };
        const id = receiptId(rid, 'OUTCOME');
        await station.database.incoming.upsert({ id, body: { ...signReceipt(body, core.signing) } });
        await station.packets.move(rid, 'TERMINAL', { outcome: { state: 'COMPLETED', code: 'ENR-OUT-001' } });
      }),
    startAgent: () => startAgent(run),
  };
}

interface SetUp {
  readonly core: { readonly signing: KeyPair; readonly sealing: KeyPair };
  /** What a station that was just set up has in its folder, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

let madeOnce: Promise<SetUp> | undefined;

/** Once for all tests of a file. */
function setUp(): Promise<SetUp> {
  madeOnce ??= makeSetUp();
  return madeOnce;
}

async function makeSetUp(): Promise<SetUp> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-set-up-'));
  const core = { signing: newSigningKeyPair(), sealing: newSealingKeyPair() };
  await createIdentity(folder, STATION, SECRETS.ENROUTE_STATION_PASSPHRASE, QUICK_COST);
  await createPerson(folder, 'amina', ['operator'], PASSWORDS.amina, QUICK_COST);
  await createPerson(folder, 'salim', ['operator', 'supervisor'], PASSWORDS.salim, QUICK_COST);
  const [signingKey, sealingKey] = [publicKeyOf(core.signing), publicKeyOf(core.sealing)];
  await trustCore(folder, { v: 1, epoch: 'first', signingKey, sealingKey });
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(relative(folder, path), await readFile(path));
  }
  await rm(folder, { recursive: true });
  return { core, files };
}

async function startAgent(run: TestDesk['run']): Promise<() => Promise<Ran>> {
  const started = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const ended = run(
    ['start', '--gateway', 'http://127.0.0.1:1/'],
    {},
    {
      out: (text) => {
        if (text.startsWith('station ')) started.resolve();
      },
      toldToEnd: () => told.promise,
    },
  );
  const end = (): Promise<Ran> => {
    told.resolve();
    return ended;
  };
  onTestFinished(async () => {
    await end();
  });
  await Promise.race([started.promise, ended]);
  return end;
}

async function writeCapture(folder: string, enrolment: Enrolment): Promise<string> {
  const { biometrics, documents, introducer: _introducer, ...form } = enrolment;
  const files = new Map<string, Uint8Array>();
  const captures = biometrics.map(({ image, position, quality, capturedAt, formatOwner, formatType }) => {
    files.set(`${position}.jp2`, image);
    return { position, quality, capturedAt, formatOwner, formatType, file: `${position}.jp2` };
  });
  const scans = documents.map(({ content, ...document }) => {
    files.set(`${document.name}.pdf`, content);
    return { ...document, file: `${document.name}.pdf` };
  });
  const text = JSON.stringify({ v: 1, process: 'NEW', ...form, biometrics: captures, documents: scans });
  return writeFiles(folder, files.set('enrolment.json', new TextEncoder().encode(text)));
}

async function writeFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  return folder;
}
