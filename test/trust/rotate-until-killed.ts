/** Rotates a station's keys and is killed on the way: for a test that looks at what is left. */
import { beginRotation, finishRotation } from '@enroute/edge-agent/keys/key-rotation.ts';
import { openIdentity } from '@enroute/edge-agent/keys/station-identity.ts';
import { trustedCore } from '@enroute/edge-agent/keys/trusted-core.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';

const [folder = '', baseUrl = '', passphrase = '', point = '', at = ''] = process.argv.slice(2);
const now = (): Date => new Date(at);

function killAt(reached: string): void {
  if (reached === point) process.kill(process.pid, 'SIGKILL');
}

const begun = await beginRotation(await openIdentity(folder, passphrase), { folder, passphrase });
killAt('begun');
const core = await trustedCore(folder);
await finishRotation(begun, {
  folder,
  passphrase,
  core,
  clientWith: (signingKey) => {
    const client = new GatewayClient({ baseUrl, station: begun.station, signingKey, now });
    const { close } = client;
    client.close = async () => {
      // The core has answered, and nothing of that is written yet.
      killAt('answered');
      await close.call(client);
    };
    return client;
  },
});
killAt('finished');
