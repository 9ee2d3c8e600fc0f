/** A station as a process of its own, which a test tells what to do: `station-process.ts <folder> <gateway url>`. */
import { join } from 'node:path';
import type { EnrolRequest } from '@enroute/edge-agent/desk/enrol.ts';
import { startLocalApi } from '@enroute/edge-agent/local-api/local-api.ts';
import { FIELD_TIMING, startStation } from '@enroute/edge-agent/station.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { keepCrashesClean } from '@enroute/sync/settings/crashes.ts';
import { readEnvironment, secret } from '@enroute/sync/settings/secrets.ts';
import { z } from 'zod';
import { PERSONAL, plantedEnrolment } from './planted.ts';

/** What the test can ask for, by name; the answer is sent back. */
export interface Wishes {
  localApi(): Promise<string>;
  enrol(index: number): Promise<string>;
  saveDraft(index: number): Promise<string>;
  /** The supervisor looks at one that awaits approval, and leaves it. @returns whether there was something to see. */
  review(rid: string): Promise<boolean>;
  /** Each registration and its state, and the packets' folder. */
  queue(): Promise<{ states: Record<string, string>; packetsFolder: string }>;
  uin(rid: string): Promise<string | undefined>;
  /** @returns the code of the refusal. */
  signInWrongly(): Promise<string>;
  /** Ends the process by an error that nobody catches, with secrets in its message and attached to it. */
  crash(): Promise<void>;
}

keepCrashesClean();
const [folder = '', gatewayUrl = ''] = process.argv.slice(2);
const environment = readEnvironment(
  z.object({
    ENROUTE_STATION_PASSPHRASE: secret("opens the station's key file", 12),
    ENROUTE_OPERATOR_PASSWORD: secret("opens the operator's key", 12),
    ENROUTE_SUPERVISOR_PASSWORD: secret("opens the supervisor's key", 12),
    ENROUTE_LOCAL_TOKEN: secret("guards the station's local API", 16),
  }),
  process.env,
);
const { ENROUTE_STATION_PASSPHRASE: passphrase, ENROUTE_OPERATOR_PASSWORD: password } = environment;
const now = (): Date => new Date();
const log = openLogFile(join(folder, 'station.log'));
const station = await startStation({
  folder,
  passphrase,
  gatewayUrl,
  timing: { ...FIELD_TIMING, retryBaseMs: 20, retryCapMs: 200, pollMs: 5_000, heartbeatMs: 300 },
  now,
  log,
});
const api = await startLocalApi(station, environment.ENROUTE_LOCAL_TOKEN, 0);

async function requestOf(index: number): Promise<EnrolRequest> {
  const operator = await station.signIn('amina', password);
  return { enrolment: await plantedEnrolment(index, now()), process: 'NEW', operator, priority: 'normal' };
}

const wishes: Wishes = {
  localApi: async () => api.url,
  enrol: async (index) => (await station.enrol(await requestOf(index))).rid,
  saveDraft: async (index) => station.saveDraft(await requestOf(index)),
  review: async (rid) => {
    const supervisor = await station.signIn('salim', environment.ENROUTE_SUPERVISOR_PASSWORD);
    return (await station.review(rid, supervisor)).enrolment.documents.length > 0;
  },
  queue: async () => {
    const states = (await station.queue(100)).map(({ rid, state }) => [rid, state]);
    return { states: Object.fromEntries(states), packetsFolder: (await station.status()).packetsFolder };
  },
  uin: async (rid) => (await station.result(rid))?.uin,
  signInWrongly: async () => {
    const refusal = await station.signIn('amina', `${password} `).catch((error: unknown) => error);
    return refusal instanceof EnrouteError ? refusal.code : 'in';
  },
  crash: async () => {
    setImmediate(() => {
      const request = { authorization: `Bearer ${environment.ENROUTE_LOCAL_TOKEN}`, body: PERSONAL };
      const cause = Object.assign(new TypeError(PERSONAL.address), { request });
      throw Object.assign(new SyntaxError(`Unexpected token, "${PERSONAL.name}" is not valid JSON`, { cause }), {
        input: password,
      });
    });
  },
};

process.on('message', ({ id, name, args }: { id: number; name: keyof Wishes; args: never[] }) => {
  const wish = wishes[name] as (...args: never[]) => Promise<unknown>;
  wish(...args).then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => process.send?.({ id, failure: String(error) }),
  );
});
process.send?.({ id: 0 });
