/** The data plane alone, for one station that nobody has to ask who it is. */
import express, { type Express } from 'express';
import { discardRest } from '../door/discard-rest.ts';
import { answerErrors } from '../door/refuse.ts';
import { type UploadRoutesOptions, uploadRoutes } from './upload-routes.ts';

/** Nobody shuts its station out. */
export type AloneOptions = Omit<UploadRoutesOptions, 'requireStillAdmitted'>;

export function uploadsApp(station: string, options: AloneOptions): Express {
  const app = express();
  app.use(discardRest());
  app.use((_request, response, next) => {
    response.locals.station = { station };
    next();
  });
  for (const route of uploadRoutes({ ...options, requireStillAdmitted: async () => undefined })) {
    const method = route.method.toLowerCase() as 'post' | 'head' | 'patch';
    if (route.kind === 'stream') app[method](route.path, route.handle);
  }
  app.use(answerErrors(options.log));
  return app;
}
