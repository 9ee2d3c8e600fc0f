/** The front desk of a station that is open in this process. */
import type { PersonRole } from '@enroute/shared/schemas/cards.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { EnrolRequest } from '../desk/enrol.ts';
import { demandRole, type PersonSession } from '../keys/people.ts';
import type { DeskWork } from '../open-station.ts';
import { byWeight, demandNoRefusal, failureOf, toldFinding } from './failure.ts';
import {
  type Credentials,
  type EnrolOrder,
  type FrontDesk,
  type Imported,
  type LinkOrder,
  MAX_LISTED,
  type Saved,
  type Status,
} from './front-desk.ts';
import { fromCaptureFolder, fromMosip, type HandedOver } from './handed-over.ts';
import { contentsOf, decisionOf, itemOf, verdictOf } from './views.ts';

/**
 * @param status how it stands, with its link if it has one.
 * @param steer what to do with the link; without one, no agent runs.
 */
export function openFrontDesk(
  station: DeskWork,
  status: () => Promise<Status>,
  steer?: (order: LinkOrder) => void,
): FrontDesk {
  async function signInAs(role: PersonRole, { person, password }: Credentials): Promise<PersonSession> {
    const session = await station.signIn(person, password);
    demandRole(session, role);
    return session;
  }

  async function handedOver({ captureFolder, draft }: EnrolOrder, operator: PersonSession): Promise<HandedOver> {
    if (captureFolder !== null) return fromCaptureFolder(captureFolder);
    if (draft === null) throw new EnrouteError('ENR-WEB-003', 'neither a capture folder nor a draft');
    const { enrolment, manifest } = await station.readDraft(draft, operator);
    const { process, priority, corrects } = manifest;
    return { enrolment, process, priority, ...(corrects ? { corrects } : {}), sourceRid: null, findings: [] };
  }

  async function findingsOf(handed: HandedOver, request: EnrolRequest): Promise<Saved['findings']> {
    return byWeight([...handed.findings, ...(await station.check(request)).map(toldFinding)]);
  }

  async function enrol(handed: HandedOver, operator: PersonSession, draft: string | null): Promise<Saved> {
    const request = requestOf(handed, operator, draft);
    demandNoRefusal(await findingsOf(handed, request));
    const { rid, bytes, warnings } = await station.enrol(request);
    const { state } = await station.show(rid);
    return {
      rid,
      bytes,
      awaitsApproval: state === 'AWAITING_APPROVAL',
      findings: byWeight([...handed.findings, ...warnings.map(toldFinding)]),
    };
  }

  async function importOne(
    source: string,
    order: Parameters<FrontDesk['import']>[0],
    operator: PersonSession,
  ): Promise<Imported> {
    let sourceRid: string | null = null;
    try {
      const handed = await fromMosip(source, order);
      sourceRid = handed.sourceRid;
      return { source, sourceRid, saved: await enrol(handed, operator, null), failure: null };
    } catch (error) {
      // Nothing that is wrong with one keeps the others back; what nobody foresaw does.
      const failure = failureOf(error);
      if (!failure) throw error;
      return { source, sourceRid, saved: null, failure };
    }
  }

  return {
    status,
    steerLink: async (order) => {
      if (!steer) throw new EnrouteError('ENR-LNK-001');
      steer(order);
      return status();
    },
    list: async ({ limit, state }) => (await station.queue(limit, state ?? undefined)).map(itemOf),
    show: async (rid) => itemOf(await station.show(rid)),
    tasks: () => station.openTasks(),
    check: async (captureFolder, credentials) => {
      const operator = await signInAs('operator', credentials);
      const handed = await fromCaptureFolder(captureFolder);
      return findingsOf(handed, requestOf(handed, operator, null));
    },
    enrol: async (order, credentials) => {
      const operator = await signInAs('operator', credentials);
      return enrol(await handedOver(order, operator), operator, order.draft);
    },
    import: async function* importAll(order, credentials) {
      const operator = await signInAs('operator', credentials);
      for (const source of order.sources) yield await importOne(source, order, operator);
    },
    saveDraft: async (order, credentials) => {
      const operator = await signInAs('operator', credentials);
      return station.saveDraft(requestOf(await handedOver(order, operator), operator, order.draft));
    },
    discardDraft: async (rid, credentials) => {
      await station.discardDraft(rid, await signInAs('operator', credentials));
    },
    review: async (rid, credentials) => {
      const supervisor = await signInAs('supervisor', credentials);
      const copy = await station.review(rid, supervisor).catch(withoutCopy);
      return { item: itemOf(await station.show(rid)), contents: copy ? contentsOf(copy) : null };
    },
    approve: async (rids, credentials) => {
      const supervisor = await signInAs('supervisor', credentials);
      const chosen = rids === 'all' ? await awaitingApproval(station) : rids;
      return (await station.approve(chosen, supervisor)).map(decisionOf);
    },
    reject: async (rids, reason, credentials) => {
      const supervisor = await signInAs('supervisor', credentials);
      return (await station.reject(rids, reason, supervisor)).map(decisionOf);
    },
    verify: async function* verify(rid) {
      for await (const verdict of station.verify(rid ?? undefined)) yield verdictOf(verdict);
    },
    release: () => station.release(),
    exportBundle: (order) => station.exportBundle(order),
    importBundles: (paths) => station.importBundles(paths),
  };
}

function requestOf(
  { enrolment, process, priority, corrects }: HandedOver,
  operator: PersonSession,
  draft: string | null,
): EnrolRequest {
  return {
    enrolment,
    process,
    priority,
    operator,
    ...(corrects ? { corrects } : {}),
    ...(draft === null ? {} : { draft }),
  };
}

async function awaitingApproval(station: DeskWork): Promise<string[]> {
  const items = await station.queue(MAX_LISTED, 'AWAITING_APPROVAL');
  return items.map(({ rid }) => rid).sort();
}

function withoutCopy(error: unknown): undefined {
  if (error instanceof EnrouteError && error.code === 'ENR-APR-004') return undefined;
  throw error;
}
