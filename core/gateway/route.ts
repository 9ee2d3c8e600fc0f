/**
 * What the gateway serves, as data. A route says who may use it, what it costs of whose share, how large its body may be,
 * and what the audit is told; `mount-routes.ts` carries that out, and there is no other way to put something behind the
 * door. So the table of routes is the whole of what can be asked for, and the matrix of permissions is tested from it.
 */
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Actor, Role } from '../people/person.ts';
import type { StationRight } from '../stations/station-rights.ts';

export type Access =
  /** Whoever reaches the port. */
  | { readonly by: 'anyone' }
  /** A station whose state gives it the right, at what is its own: the channel or the upload that the address names. */
  | { readonly by: 'station'; readonly right: StationRight; readonly own: 'channel' | 'upload' | 'itself' }
  /**
   * A person or a service with one of these roles. Where the address names a `:station`, a `:center` or a `:rid`, a
   * supervisor must have been given its center. 'signed-in': every role, for what is one's own.
   */
  | { readonly by: 'people'; readonly roles: readonly Role[] | 'signed-in' }
  /** The service of the `:stage` that the address names, by its signature. */
  | { readonly by: 'stage' };

/** Whose share a request is taken from, and how fast that refills (see rate-limits.ts). */
export type RateClass = 'anyone' | 'health' | 'sign-in' | 'enrolment' | 'station' | 'upload' | 'people' | 'stage';

interface RouteBase {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As Express writes it, e.g. "/channel-:station/_changes". */
  readonly path: string;
  readonly access: Access;
  readonly rate: RateClass;
}

/** Answers one JSON document with another: everything that people and services ask for. */
export interface JsonRoute extends RouteBase {
  readonly kind: 'json';
  /** What the body must be; without it a body is refused. */
  readonly body?: z.ZodType;
  /** 64 KiB when it is not said. */
  readonly maxBodyBytes?: number;
  /** What it is called in the audit, e.g. "station.suspend". Every route of people that changes something has one. */
  readonly act?: string;
  /** What the act is about, for the audit, where the body says it and not the address. Of a body of the right form only. */
  readonly about?: (body: unknown) => string;
  /**
   * Refusals that the audit has although nobody is known: such that take a secret to be given, or anybody could fill it.
   */
  readonly notedOfAnyone?: readonly StatusCode[];
  readonly answer: (asked: Asked) => Promise<Answer>;
}

/** Reads its body and writes its answer itself: channel, uploads, live events, pages. */
export interface StreamRoute extends RouteBase {
  readonly kind: 'stream';
  readonly handle: (request: Request, response: Response) => Promise<void> | void;
}

export type Route = JsonRoute | StreamRoute;

export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  /** Unchecked. */
  readonly query: Readonly<Record<string, unknown>>;
  /** As the route's schema has left it; undefined where the route has none. */
  readonly body: unknown;
  /** Whoever asks; absent on routes for anyone. */
  readonly actor: Actor | undefined;
  /** For the lists of what happened; behind a proxy, what the proxy says. */
  readonly address: string;
  readonly requestId: string;
  /** Cookies of the request. */
  readonly cookies: Readonly<Record<string, string | undefined>>;
}

export interface Answer {
  /** 200 with a body and 204 without, unless it is said. */
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** For the audit: what the act was done to, e.g. "station 1000110077". No personal data. */
  readonly done?: string;
}
