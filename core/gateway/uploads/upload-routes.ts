/**
 * The data plane's door: tus 1.0 on the kept server, behind checks of our own. An upload is let in only for a packet
 * that its station has announced, with the size and digest that it announced.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { isRid } from '@enroute/shared/rid/rid.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { ridOfUpload, UPLOADS_PATH, uploadId } from '@enroute/sync/upload/upload-id.ts';
import { Metadata, Upload } from '@tus/utils';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { StoredRegistration } from '../../databases.ts';
import type { Database } from '../../store/store.ts';
import { isSound, type Vault } from '../../vault/vault.ts';
import type { Route, StreamRoute } from '../route.ts';
import { ownRegistrationOnly, stationOf } from '../stations/station-auth.ts';
import { StationShares } from '../stations/station-shares.ts';
import { type AdmissionLimits, admission, comeBackLater, DEFAULT_ADMISSION } from './admission.ts';
import type { IncomingStore } from './incoming-store.ts';
import { openMarkReceived } from './mark-received.ts';
import { partListOf } from './part-check.ts';
import { receivePacket } from './receive-packet.ts';
import { RunningPatches, runningPatch } from './running-patches.ts';
import { shared } from './shared-work.ts';
import { TusServer } from './tus-server.ts';
import { UploadLocks } from './upload-locks.ts';
import { tellProgress } from './upload-progress.ts';
import { VerificationPlaces } from './verification-places.ts';

/** What an installation may set; each has a default. */
export interface UploadSettings {
  readonly limits?: AdmissionLimits;
  /** How many further packets a station may send before it asks again. No limit where there is none, or it says so. */
  readonly creditsFor?: (station: string) => number | undefined | Promise<number | undefined>;
}

export interface UploadRoutesOptions extends UploadSettings {
  /** Unfinished uploads. */
  readonly incoming: IncomingStore;
  readonly vault: Vault;
  readonly registrations: Database;
  /**
   * Whether a station that was let in still may deliver: an upload lasts, and it may be shut out meanwhile.
   * @throws EnrouteError ENR-AUT-… when it would not be let in any more
   */
  readonly requireStillAdmitted: (card: StationCard) => Promise<void>;
  /** Aborted when the gateway stops: whoever sends is told how far the upload has got, and goes on elsewhere or later. */
  readonly ending?: AbortSignal;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Nothing is wrong with the bytes; they are received with the station's next question. */
const COMES_AGAIN: ReadonlySet<StatusCode> = new Set(['ENR-WEB-002', 'ENR-UPL-007']);
/** A station without credits asks again after this; then the pipeline may have caught up. */
const NO_CREDITS_RETRY_S = 60;
/**
 * A station sends one packet after the other; what there is more of are connections that died, and a client of another
 * make. There is no least rate: a person may cap a station at 64 bytes a second, and what is slower still holds a place
 * of its own station alone.
 */
const MOST_UPLOADS_OF_STATION = 4;

/**
 * What has just come is in memory or in the disk's cache, and most of what is waited for is the disk's sync, which serves
 * many at once: more of them may be received than are read back from the vault.
 */
const MOST_RECEIVING = 32;

/** Whose bytes are coming: tus passes nothing on of who was let in. */
const sender = new AsyncLocalStorage<StationCard>();

export function uploadRoutes(options: UploadRoutesOptions): readonly Route[] {
  const { incoming: store, limits = DEFAULT_ADMISSION } = options;
  const places = new VerificationPlaces();
  const receiving = new VerificationPlaces(MOST_RECEIVING);
  const running = new RunningPatches();
  const shares = new StationShares(MOST_UPLOADS_OF_STATION);
  const markReceived = openMarkReceived(options.registrations, options.now);
  options.ending?.addEventListener('abort', () => shares.displaceAll(), { once: true });

  /** @throws EnrouteError with the reason why this upload is not (or no longer) wanted. */
  async function announced(rid: string): Promise<StoredRegistration> {
    const registration = await options.registrations.get<StoredRegistration>(rid);
    if (!registration) throw new EnrouteError('ENR-UPL-001');
    if (registration.state !== 'ANNOUNCED') throw new EnrouteError('ENR-UPL-005');
    return registration;
  }

  async function receiveOnce(id: string): Promise<void> {
    const rid = ridOfUpload(id) ?? '';
    const registration = await announced(rid);
    try {
      await receiving.hold(async () =>
        receivePacket(registration, await store.sourceOf(id), options.vault, markReceived),
      );
    } catch (error) {
      // Another gateway may have received it at the same moment, and taken away what this one was reading.
      await announced(rid);
      // Bytes that are not the packet are of no use: the next try begins anew.
      if (error instanceof EnrouteError && !COMES_AGAIN.has(error.code)) await store.remove(id).catch(() => undefined);
      throw error;
    }
    // The packet lies in the vault. What stays here of it after all is cleared away later.
    await store.remove(id).catch(() => undefined);
    options.log.info({ rid, bytes: registration.packet.bytes }, 'packet received');
  }

  /** Two requests that find the same upload whole at the same moment receive it together, once. */
  const receive = shared(receiveOnce);

  /** What has rotted in the vault is asked for again, as long as the station has it. */
  const isKept = shared(async (digest: string): Promise<boolean> => {
    if (!(await options.vault.has(digest))) return false;
    return places.hold(() => isSound(options.vault, digest));
  });

  const tus = new TusServer(
    {
      path: `/${UPLOADS_PATH}`,
      datastore: store,
      locker: new UploadLocks(),
      relativeLocation: true,
      namingFunction: (_request, metadata) => uploadId(metadata?.rid ?? '', metadata?.digest ?? ''),
      onUploadFinish: async (_request, upload) => {
        try {
          const card = sender.getStore();
          if (card) await options.requireStillAdmitted(card);
          await receive(upload.id);
        } finally {
          store.forgetRest(upload.id);
        }
        return {};
      },
    },
    options.log,
  );

  /**
   * A crash may have left an upload that is whole, or a packet that lies in the vault, and no word of it in the
   * registration: the station's next question completes it.
   * @throws EnrouteError ENR-UPL-005 when it is complete now
   */
  async function completeIfWhole(id: string, { packet }: Registration): Promise<void> {
    const [offset, isHere] = await Promise.all([store.offsetOf(id), isKept(packet.digest)]);
    if (offset !== packet.bytes && !isHere) return;
    await receive(id);
    throw new EnrouteError('ENR-UPL-005');
  }

  /** @throws RefusalWithHeaders ENR-UPL-007 when there is no place or no room for this one. */
  async function admit(id: string): Promise<void> {
    const room = await store.medium.room();
    const answer = admission({ running: running.besides(id), room }, limits, Math.random());
    if (!answer.admitted) throw comeBackLater(answer.retryAfterS);
  }

  /** Tells the station how many further packets it may send. @throws RefusalWithHeaders ENR-UPL-007 when it is none. */
  async function spendCredits(response: Response): Promise<void> {
    const credits = await options.creditsFor?.(stationOf(response).station);
    if (credits === undefined) return;
    response.setHeader('Enroute-Credits', credits);
    if (credits <= 0) throw comeBackLater(NO_CREDITS_RETRY_S);
  }

  const create = async (request: Request, response: Response): Promise<void> => {
    const { rid, digest, parts } = metadataOf(request);
    // tus would take bytes here and write them from the start, over what is there.
    if (request.get('content-type') !== undefined) throw new EnrouteError('ENR-UPL-004', 'creation with bytes');
    ownRegistrationOnly(response, rid);
    const registration = await announced(rid);
    if (request.get('upload-length') !== String(registration.packet.bytes)) throw new EnrouteError('ENR-UPL-002');
    if (digest !== registration.packet.digest) throw new EnrouteError('ENR-UPL-003');
    if (parts !== undefined && !partListOf(parts, registration.packet.bytes)) {
      throw new EnrouteError('ENR-UPL-004', 'list of parts');
    }
    const id = uploadId(rid, digest);
    await completeIfWhole(id, registration);
    await admit(id);
    await spendCredits(response);
    // Begun before: told here, so that the station goes on from there and sends nothing twice. A request that still brought
    // bytes of it has ended by now.
    const beforeAnswer = async (): Promise<void> => {
      const offset = await store.offsetOf(id);
      if (offset) response.setHeader('Upload-Offset', offset);
    };
    await tus.handle(request as IncomingMessage, response, { beforeAnswer });
  };

  /** The upload that a request is about. @throws EnrouteError when there is none such, or it is not this station's. */
  async function uploadOf(
    request: Request,
    response: Response,
  ): Promise<{ id: string; registration: StoredRegistration }> {
    const id = String(request.params.id);
    const rid = ridOfUpload(id);
    if (!rid) throw new EnrouteError('ENR-WEB-001');
    ownRegistrationOnly(response, rid);
    const registration = await announced(rid);
    if (id !== uploadId(rid, registration.packet.digest)) throw new EnrouteError('ENR-WEB-001');
    return { id, registration };
  }

  const tell = async (request: Request, response: Response): Promise<void> => {
    const { id, registration } = await uploadOf(request, response);
    await completeIfWhole(id, registration);
    await tus.handle(request as IncomingMessage, response);
  };

  const append = async (request: Request, response: Response): Promise<void> => {
    const { id, registration } = await uploadOf(request, response);
    await admit(id);
    const offset = Number(request.get('upload-offset'));
    const card = stationOf(response);
    const dismissed = new AbortController();
    const patch = await running.enter(id, offset, (bytes) => {
      tellProgress(response, bytes);
      options.requireStillAdmitted(card).catch((error: unknown) => {
        // That it can not be asked for just now is no reason: it is asked again at the end.
        if (error instanceof EnrouteError) dismissed.abort(error);
      });
    });
    // Not before it has a place: copies that wait for the one that runs are not to displace it.
    using share = shares.enter(card.station);
    const ended = AbortSignal.any([share.displaced, dismissed.signal]);
    try {
      if (offset === 0) await store.beginUnlessBegun(uploadFor(id, registration));
      await runningPatch.run(patch, () =>
        sender.run(card, () => tus.handle(request as IncomingMessage, response, { displaced: ended })),
      );
    } finally {
      patch.leave();
    }
  };

  const own = { kind: 'stream', access: { by: 'station', right: 'deliver', own: 'upload' }, rate: 'upload' } as const;
  return [
    { ...own, method: 'POST', path: `/${UPLOADS_PATH}`, handle: create },
    { ...own, method: 'HEAD', path: `/${UPLOADS_PATH}/:id`, handle: tell },
    { ...own, method: 'PATCH', path: `/${UPLOADS_PATH}/:id`, handle: append },
  ] satisfies StreamRoute[];
}

/** As its announcement tells of it; only the list of parts is known to nobody but the station. */
function uploadFor(id: string, { _id: rid, packet }: Registration): Upload {
  return new Upload({ id, size: packet.bytes, offset: 0, metadata: { rid, digest: packet.digest } });
}

interface UploadMetadata {
  readonly rid: string;
  readonly digest: string;
  /** The list of part digests; tus clients that know nothing of it send none. */
  readonly parts: string | undefined;
}

function metadataOf(request: Request): UploadMetadata {
  try {
    const { rid, digest, parts } = Metadata.parse(request.get('upload-metadata'));
    if (rid && digest && isRid(rid) && /^[0-9a-f]{64}$/.test(digest)) {
      return { rid, digest, parts: parts === undefined ? undefined : (parts ?? '') };
    }
  } catch {
    // Falls through to the same refusal.
  }
  throw new EnrouteError('ENR-UPL-004');
}
