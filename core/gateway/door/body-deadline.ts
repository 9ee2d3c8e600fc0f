/**
 * How slow a request may be that the gateway has to hear out before it can answer. The least rate is far below what a
 * station's own deadline allows, so what it ends are those who mean to hold a connection.
 */
import type { Request, Response } from 'express';
import { hasBody } from './json-body.ts';
import { refuse } from './refuse.ts';

const GRACE_MS = 90_000;
const LEAST_BYTES_PER_SECOND = 256;
const LOOK_EVERY_MS = 5_000;

/** Answers 408 and closes the connection when the body comes more slowly than it may. */
export function limitSlowBody(request: Request, response: Response, graceMs = GRACE_MS, everyMs = LOOK_EVERY_MS): void {
  if (!hasBody(request)) return;
  const { socket } = request;
  const began = { atMs: performance.now(), bytesRead: socket.bytesRead };
  const timer = setInterval(() => {
    if (request.complete) return clearInterval(timer);
    const bytes = socket.bytesRead - began.bytesRead;
    if (performance.now() - began.atMs < graceMs + (bytes / LEAST_BYTES_PER_SECOND) * 1_000) return;
    clearInterval(timer);
    if (response.headersSent) return void request.destroy();
    response.set('Connection', 'close').once('finish', () => request.destroy());
    refuse(response, 'ENR-WEB-002', 408);
  }, everyMs);
  timer.unref();
  request.once('close', () => clearInterval(timer));
}
