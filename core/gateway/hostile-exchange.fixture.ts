/** One exchange with the gateway over a bare socket: whatever bytes go in, and what comes back. */
import { connect } from 'node:net';

export interface Exchanged {
  /** Undefined when the connection was closed without an answer. */
  readonly status: number | undefined;
  readonly head: string;
  readonly body: string;
  /** Neither an answer nor the end of the connection came in time. */
  readonly hung: boolean;
}

const DEADLINE_MS = 10_000;

/**
 * @param pieces are sent one after the other
 * @param end whether the sender then says that nothing more comes
 */
export function exchange(port: number, pieces: readonly Uint8Array[], end: boolean): Promise<Exchanged> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let heard = '';
    const finish = (hung: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ...read(heard), hung });
    };
    const timer = setTimeout(() => finish(true), DEADLINE_MS);
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      heard += text;
      if (isWhole(heard)) finish(false);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => finish(false));
    socket.on('connect', () => {
      for (const piece of pieces) socket.write(piece);
      if (end) socket.end();
    });
  });
}

function read(heard: string): Omit<Exchanged, 'hung'> {
  const last = heard.replace(/^(?:HTTP\/1\.1 1\d\d [\s\S]*?\r\n\r\n)+/, '');
  const [head = ''] = last.split('\r\n\r\n', 1);
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
  return { status: status ? Number(status) : undefined, head, body: last.slice(head.length + 4) };
}

function isWhole(heard: string): boolean {
  const { head, body } = read(heard);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  return length !== undefined && body.length >= Number(length);
}
