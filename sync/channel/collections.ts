/**
 * The station's side of its channel, as two RxDB collections: what it writes, and what the core writes. One writer each.
 */
import type { RxCollection, RxJsonSchema } from 'rxdb';

/** `body` is the channel document without `_id` and `_rev`. */
export interface ChannelEntry {
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** How often it was offered anew after a refusal; a change of it is what makes the replication push it again. */
  readonly offers?: number;
}

export type ChannelCollection = RxCollection<ChannelEntry>;

export const channelEntrySchema: RxJsonSchema<ChannelEntry> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 200 },
    body: { type: 'object', additionalProperties: true },
    offers: { type: 'number' },
  },
  required: ['id', 'body'],
};
