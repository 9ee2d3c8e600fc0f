import type { Database } from './store.ts';

type Call = 'write' | 'writeWithBytes' | 'bytesOf' | 'range';

/** The database, where something happens before a call of that name reaches it; what it throws, the call throws. */
export function beforeCall<Name extends Call>(
  database: Database,
  name: Name,
  happens: (...args: Parameters<Database[Name]>) => Promise<void>,
): Database {
  return new Proxy(database, {
    get: (target, asked: keyof Database) => {
      const value = target[asked];
      if (typeof value !== 'function') return value;
      const call = (value as (...all: unknown[]) => unknown).bind(target);
      if (asked !== name) return call;
      return async (...args: Parameters<Database[Name]>) => {
        await happens(...args);
        return call(...args);
      };
    },
  });
}
