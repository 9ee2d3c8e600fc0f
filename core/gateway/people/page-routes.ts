/** The console's page. It holds no data, so whoever reaches the port may load it; what it shows it has to ask for. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Request, Response } from 'express';
import type { Route } from '../route.ts';

export interface PageRoutesOptions {
  /** Folder of the built page. */
  readonly page: string;
}

/** Their names change with what is in them. */
const ASSET_SECONDS = 60 * 60;

export function pageRoutes({ page }: PageRoutesOptions): readonly Route[] {
  const common = { kind: 'stream', method: 'GET', access: { by: 'anyone' }, rate: 'anyone' } as const;
  return [
    {
      ...common,
      path: '/console',
      handle: async (request, response) => {
        // A one-time link stands behind "#": the browser keeps that to itself, and takes it along.
        if (request.path.endsWith('/')) await sendFile(response, page, 'index.html', 0);
        else response.redirect('/console/');
      },
    },
    {
      ...common,
      path: '/console/*file',
      handle: (request, response) => sendFile(response, page, fileOf(request), ASSET_SECONDS),
    },
  ];
}

function fileOf({ params }: Request): string {
  const { file } = params;
  return Array.isArray(file) ? file.join('/') : String(file);
}

/** @throws EnrouteError ENR-WEB-001 when there is no such file in the folder. */
function sendFile(response: Response, root: string, file: string, maxAgeSeconds: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const options = { root, maxAge: maxAgeSeconds * 1_000, dotfiles: 'ignore' } as const;
  response.sendFile(file, options, (error?: Error) => {
    // Whoever has gone away meanwhile needs no answer.
    if (!error || response.headersSent) resolve();
    else reject(new EnrouteError('ENR-WEB-001'));
  });
  return promise;
}
