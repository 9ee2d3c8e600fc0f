/** Registrations, for those who look after the pipeline: how one stands, which were given up, and whether any is lost. */
import { isRid } from '@enroute/shared/rid/rid.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { StoredRegistration } from '../../databases.ts';
import type { Conservation } from '../../ops/conservation.ts';
import { listDeadLetters, resumeDeadLetter } from '../../ops/dead-letters.ts';
import type { Role } from '../../people/person.ts';
import type { Database } from '../../store/store.ts';
import type { Asked, JsonRoute, Route } from '../route.ts';

export interface RegistrationRoutesOptions {
  readonly registrations: Database;
  readonly conservation: () => Promise<Conservation>;
  readonly now: () => Date;
}

const READERS: readonly Role[] = ['administrator', 'operations', 'supervisor', 'auditor'];
const KEEPERS: readonly Role[] = ['administrator', 'operations'];
const WATCHERS: readonly Role[] = [...KEEPERS, 'auditor'];

export function registrationRoutes({ registrations, conservation, now }: RegistrationRoutesOptions): readonly Route[] {
  // It reads every registration: however many ask, it is worked out once at a time.
  let running: Promise<Conservation> | undefined;
  return [
    {
      ...read('/api/registrations/:rid', READERS),
      answer: async (asked) => {
        const found = await registrations.get<StoredRegistration>(ridOf(asked));
        if (!found) throw new EnrouteError('ENR-WEB-001');
        const { _id: rid, state, station, process, history } = found;
        return { body: { rid, state, station, process, history } };
      },
    },
    {
      ...read('/api/conservation', WATCHERS),
      answer: async () => {
        running ??= conservation().finally(() => {
          running = undefined;
        });
        return { body: await running };
      },
    },
    {
      ...read('/api/dead-letters', WATCHERS),
      answer: async () => ({ body: await listDeadLetters(registrations) }),
    },
    {
      kind: 'json',
      method: 'POST',
      path: '/api/dead-letters/:rid/resume',
      access: { by: 'people', roles: KEEPERS },
      rate: 'people',
      act: 'dead-letter.resume',
      answer: async (asked) => {
        const rid = ridOf(asked);
        await resumeDeadLetter(rid, registrations, now());
        return { done: `registration ${rid}` };
      },
    },
  ];
}

function read(path: string, roles: readonly Role[]): Omit<JsonRoute, 'answer'> {
  return { kind: 'json', method: 'GET', path, access: { by: 'people', roles }, rate: 'people' };
}

/** @throws EnrouteError ENR-WEB-001 when it is none: a person may type anything. */
function ridOf({ params }: Asked): string {
  const rid = params.rid ?? '';
  if (!isRid(rid)) throw new EnrouteError('ENR-WEB-001');
  return rid;
}
