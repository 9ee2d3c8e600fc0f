/** `GET` and `PUT _local/<id>`: the checkpoints of foreign replicators. */
import type { Request, Response } from 'express';
import { z } from 'zod';
import { jsonReader } from '../door/json-body.ts';
import { RefusalWithHeaders } from '../door/refuse.ts';
import { stationOf } from '../stations/station-auth.ts';
import { parseRequest } from './channel-request.ts';
import { type Checkpoints, CONFLICT, MAX_CHECKPOINT_BYTES } from './checkpoints.ts';

const idSchema = z.string().regex(/^[A-Za-z0-9._+=-]{1,128}$/);
const checkpointSchema = z.looseObject({
  _rev: z
    .string()
    .regex(/^0-\d{1,15}$/)
    .optional(),
  _deleted: z.literal(false).optional(),
});

const readBody = jsonReader(MAX_CHECKPOINT_BYTES);

function idOf(request: Request): string {
  // PouchDB's ids are base64, with a dot for the slash.
  return parseRequest(idSchema, request.params.checkpoint);
}

export async function answerCheckpoint(checkpoints: Checkpoints, request: Request, response: Response): Promise<void> {
  const id = idOf(request);
  const checkpoint = await checkpoints.get(stationOf(response).station, id);
  // No refusal: so begins every replication. CouchDB's replicator goes on only when it is told in CouchDB's words.
  if (!checkpoint) return void response.status(404).json({ error: 'not_found', reason: 'ENR-WEB-001' });
  response.json({ ...checkpoint.content, _id: `_local/${id}`, _rev: checkpoint.rev });
}

export async function noteCheckpoint(checkpoints: Checkpoints, request: Request, response: Response): Promise<void> {
  const id = idOf(request);
  const { _rev, ...content } = parseRequest(checkpointSchema, await readBody(request, response));
  const rev = await checkpoints.put(stationOf(response).station, id, _rev, content);
  // A replicator knows by the status that it has to read it again.
  if (rev === CONFLICT) throw new RefusalWithHeaders('ENR-CHN-004', {}, 409);
  response.status(201).json({ ok: true, id: `_local/${id}`, rev });
}
