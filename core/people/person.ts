/** Who may use the core besides stations: people, and the services that act in their place. */
import { z } from 'zod';

/**
 * administrator: stations, people, keys. operations: the pipeline and the store. adjudicator: decides on matches.
 * supervisor: sees the stations of the centers that were given. auditor: reads everything that was done, changes nothing.
 */
export const ROLES = ['administrator', 'operations', 'adjudicator', 'supervisor', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

export const centerSchema = z.string().regex(/^\d{5}$/);

/** Small letters only, so that no two people's ids look alike but for their case. */
export const corePersonIdSchema = z.string().regex(/^[a-z][a-z0-9._-]{1,39}$/);

export const rolesSchema = z
  .array(z.enum(ROLES))
  .min(1)
  .max(ROLES.length)
  .refine((roles) => new Set(roles).size === roles.length, 'a role stands there twice');

export const centersSchema = z.union([z.literal('all'), z.array(centerSchema).max(1_000)]);

/** Whoever was let in, as the routes see them. */
export interface Actor {
  /** e.g. "amina"; of a service "service:card-printer". */
  readonly id: string;
  readonly kind: 'person' | 'service';
  /** None for a person who has yet to choose a password or to set up the second factor that the roles call for. */
  readonly roles: readonly Role[];
  /** Centers whose stations and registrations they may see; only a supervisor is bound to some. */
  readonly centers: readonly string[] | 'all';
}

export function maySeeCenter({ centers }: Actor, center: string): boolean {
  return centers === 'all' || centers.includes(center);
}

/** A station's number begins with that of its center. */
export function centerOf(station: string): string {
  return station.slice(0, 5);
}
