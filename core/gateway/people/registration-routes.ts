/** Registrations, for those who look after the pipeline: how one stands, which were given up, and whether any is lost. */
import { isRid } from '@enroute/shared/rid/rid.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { CoreDatabases } from '../../databases.ts';
import { openOrders } from '../../ops/actions/orders.ts';
import { viewRegistration } from '../../ops/actions/registration-view.ts';
import type { Conservation } from '../../ops/conservation.ts';
import { listDeadLetters, resumeDeadLetter } from '../../ops/dead-letters.ts';
import type { Role } from '../../people/person.ts';
import type { Asked, JsonRoute, Route } from '../route.ts';

export interface RegistrationRoutesOptions {
  readonly databases: Pick<CoreDatabases, 'registrations' | 'histories' | 'events' | 'checkpoints'>;
  readonly conservation: () => Promise<Conservation>;
  readonly now: () => Date;
}

const READERS: readonly Role[] = ['administrator', 'operations', 'supervisor', 'auditor'];
const KEEPERS: readonly Role[] = ['administrator', 'operations'];
const WATCHERS: readonly Role[] = [...KEEPERS, 'auditor'];

export function registrationRoutes({ databases, conservation, now }: RegistrationRoutesOptions): readonly Route[] {
  const { registrations, events, checkpoints } = databases;
  const orders = openOrders({ registrations, events, checkpoints, now });
  // It reads every registration: however many ask, it is worked out once at a time.
  let running: Promise<Conservation> | undefined;
  return [
    {
      ...read('/api/registrations/:rid', READERS),
      answer: async (asked) => {
        const view = await viewRegistration(ridOf(asked), databases);
        if (!view) throw new EnrouteError('ENR-WEB-001');
        return { body: view };
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
      answer: async () => ({ body: await listDeadLetters({ registrations, checkpoints, now }) }),
    },
    {
      kind: 'json',
      method: 'POST',
      path: '/api/dead-letters/:rid/resume',
      access: { by: 'people', roles: KEEPERS },
      rate: 'people',
      act: 'dead-letter.resume',
      answer: async (asked) => {
        const { actor } = asked;
        const rid = ridOf(asked);
        const { id } = await resumeDeadLetter(rid, actor?.id ?? '', registrations, orders);
        return { status: 202, body: { id }, done: `registration ${rid}` };
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
