/**
 * Hands an answer on only when all of it has arrived.
 *
 * nano 11 does not await what reads the body of a success. When a body that is not JSON breaks off (a proxy's page, the
 * bytes beside a document), nobody hears of the error, and Node ends the process for an unhandled rejection. An answer
 * that is whole before nano sees its first byte can't break off in nano's hands: the request fails instead, which nano
 * does hear of. Nothing is lost by it, as nano never answers with less than the whole.
 */
import { Agent, type Dispatcher } from 'undici';

/** The connections to one CouchDB. */
export function openConnections(): Dispatcher {
  return new Agent().compose((dispatch) => (options, handler) => dispatch(options, new WholeAnswer(handler)));
}

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

class WholeAnswer implements Dispatcher.DispatchHandler {
  readonly #next: Dispatcher.DispatchHandler;
  readonly #body: Buffer[] = [];
  #head: { readonly status: number; readonly headers: Headers; readonly message: string | undefined } | undefined;

  constructor(next: Dispatcher.DispatchHandler) {
    this.#next = next;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#next.onRequestStart?.(controller, context);
  }

  onResponseStart(_controller: unknown, status: number, headers: Headers, message?: string): void {
    // A status below 200 only says that the answer is yet to come.
    if (status >= 200) this.#head = { status, headers, message };
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#body.push(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: Headers): void {
    if (this.#head === undefined) {
      this.onResponseError(controller, new Error('The answer has no status.'));
      return;
    }
    const { status, headers, message } = this.#head;
    this.#next.onResponseStart?.(controller, status, headers, message);
    if (this.#body.length > 0) this.#next.onResponseData?.(controller, Buffer.concat(this.#body));
    this.#next.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#next.onResponseError?.(controller, error);
  }
}
