/**
 * The data plane's door: tus 1.0 on the kept server, behind checks of our own. An upload is let in only for a packet
 * that its station has announced, with the size and digest that it announced.
 */
import type { IncomingMessage } from 'node:http';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { isRid } from '@enroute/shared/rid/rid.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { ridOfUpload, UPLOADS_PATH, uploadId } from '@enroute/sync/upload/upload-id.ts';
import { Metadata } from '@tus/utils';
import { type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import type { StoredRegistration } from '../databases.ts';
import type { Database } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { IncomingStore } from './incoming-store.ts';
import { receivePacket } from './receive-packet.ts';
import { notFound } from './refuse.ts';
import { ownRegistrationOnly } from './station-auth.ts';
import { TusServer } from './tus-server.ts';
import { UploadLocks } from './upload-locks.ts';

export interface UploadRoutesOptions {
  /** Folder of unfinished uploads, on the same disk as the vault. */
  readonly folder: string;
  readonly vault: Vault;
  readonly registrations: Database;
  readonly now: () => Date;
  readonly log: Logger;
}

export function uploadRoutes(options: UploadRoutesOptions): Router {
  const store = new IncomingStore(options.folder);
  const receiving = new Map<string, Promise<void>>();

  /** @throws EnrouteError with the reason why this upload is not (or no longer) wanted. */
  async function announced(rid: string): Promise<Registration> {
    const registration = await options.registrations.get<StoredRegistration>(rid);
    if (!registration) throw new EnrouteError('ENR-UPL-001');
    if (registration.state !== 'ANNOUNCED') throw new EnrouteError('ENR-UPL-005');
    return registration;
  }

  /** Two requests that find the same upload whole at the same moment receive it together, once. */
  function receive(id: string): Promise<void> {
    const running = receiving.get(id) ?? receiveNow(id).finally(() => receiving.delete(id));
    receiving.set(id, running);
    return running;
  }

  async function receiveNow(id: string): Promise<void> {
    const registration = await announced(ridOfUpload(id) ?? '');
    const path = store.pathOf(id);
    try {
      await receivePacket(registration, path, options.vault, options.registrations, options.now);
    } catch (error) {
      // Bytes that are not the packet are of no use: the next try begins anew.
      if (error instanceof EnrouteError && error.code !== 'ENR-WEB-002') await store.remove(id).catch(() => undefined);
      throw error;
    }
    // The packet lies in the vault; what is left is its note, and the file too if the vault had it already.
    await store.remove(id).catch(() => store.configstore.delete(id).catch(() => undefined));
    options.log.info({ rid: registration._id, bytes: registration.packet.bytes }, 'packet received');
  }

  const tus = new TusServer(
    {
      path: `/${UPLOADS_PATH}`,
      datastore: store,
      locker: new UploadLocks(),
      relativeLocation: true,
      namingFunction: (_request, metadata) => uploadId(metadata?.rid ?? '', metadata?.digest ?? ''),
      onUploadFinish: async (_request, upload) => {
        await receive(upload.id);
        return {};
      },
    },
    options.log,
  );

  /**
   * A crash may have left an upload that is whole, or a packet that lies in the vault, and no word of it in the
   * registration: the station's next question completes it.
   */
  async function completeIfWhole(id: string, { packet }: Registration): Promise<void> {
    const whole = (await store.offsetOf(id)) === packet.bytes || (await isSound(options.vault, packet.digest));
    if (!whole) return;
    await receive(id);
    throw new EnrouteError('ENR-UPL-005');
  }

  const create = async (request: Request, response: Response): Promise<void> => {
    const { rid, digest } = metadataOf(request);
    // tus would take bytes here and write them from the start, over what is there.
    if (request.get('content-type') !== undefined) throw new EnrouteError('ENR-UPL-004', 'creation with bytes');
    ownRegistrationOnly(response, rid);
    const registration = await announced(rid);
    if (request.get('upload-length') !== String(registration.packet.bytes)) throw new EnrouteError('ENR-UPL-002');
    if (digest !== registration.packet.digest) throw new EnrouteError('ENR-UPL-003');
    const id = uploadId(rid, digest);
    await completeIfWhole(id, registration);
    const offset = await store.offsetOf(id);
    // Begun before: told here, so that the station goes on from there and sends nothing twice.
    if (offset) response.setHeader('Upload-Offset', offset);
    await tus.handle(request as IncomingMessage, response);
  };

  const resume = async (request: Request, response: Response): Promise<void> => {
    const id = String(request.params.id);
    const rid = ridOfUpload(id);
    if (!rid) throw new EnrouteError('ENR-WEB-001');
    ownRegistrationOnly(response, rid);
    const registration = await announced(rid);
    if (id !== uploadId(rid, registration.packet.digest)) throw new EnrouteError('ENR-WEB-001');
    if (request.method === 'HEAD') await completeIfWhole(id, registration);
    await tus.handle(request as IncomingMessage, response);
  };

  const router = Router();
  router.post('/', create);
  router.head('/:id', resume);
  router.patch('/:id', resume);
  // Express would answer OPTIONS by itself with the methods above.
  router.use(notFound);
  return router;
}

/** What has rotted in the vault is asked for again, as long as the station has it. */
async function isSound(vault: Vault, digest: string): Promise<boolean> {
  if (!(await vault.has(digest))) return false;
  return vault.read(digest).then(
    () => true,
    () => false,
  );
}

function metadataOf(request: Request): { rid: string; digest: string } {
  try {
    const { rid, digest } = Metadata.parse(request.get('upload-metadata'));
    if (rid && digest && isRid(rid) && /^[0-9a-f]{64}$/.test(digest)) return { rid, digest };
  } catch {
    // Falls through to the same refusal.
  }
  throw new EnrouteError('ENR-UPL-004');
}
