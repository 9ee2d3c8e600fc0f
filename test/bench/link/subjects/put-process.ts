/** Puts each packet in a single request, from the start again whenever one fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PACKETS } from '../cases.ts';
import { addressOfTheOtherEnd, say } from '../peer.ts';
import { DEADLINE_MS, nextWaitMs, packetBytes } from './baseline-habits.ts';

const packets = Array.from({ length: PACKETS }, (_, index) => packetBytes(index));

const url = await addressOfTheOtherEnd();
for (const [index, body] of packets.entries()) {
  let waitMs = 0;
  while (!(await put(index, body))) {
    waitMs = nextWaitMs(waitMs);
    await sleep(waitMs);
  }
  say({ delivered: index + 1 });
}

async function put(index: number, body: Buffer): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const answer = await fetch(new URL(`packet-${index}`, url), { method: 'PUT', body: new Uint8Array(body), signal });
    await answer.arrayBuffer();
    return answer.status === 201;
  } catch {
    return false;
  }
}
