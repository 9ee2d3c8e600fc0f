/**
 * Works through a list with at most so many at once.
 * @throws the first error, when all that had begun has ended; nothing more is begun then
 */
export async function atOnce<T>(items: readonly T[], limit: number, run: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const item of left) {
      if (failed) return;
      await run(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
