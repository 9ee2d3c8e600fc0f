/** The core at its end of the link. Arguments: its folder, and "tls" or nothing. */
import { startCore } from '@enroute/core/core.ts';
import { ownHost, say } from '../peer.ts';
import { coreOptions, tlsIdentity } from '../prepared-country.ts';

const [folder = '', tls] = process.argv.slice(2);

const core = await startCore({
  ...coreOptions(folder),
  host: ownHost,
  tls: tls === 'tls' ? await tlsIdentity(folder) : undefined,
});
say({ url: core.url });
