/** Work that several ask for at the same moment is done once, and all of them get what comes of it. */
export function shared<T>(work: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  return (key) => {
    const now = running.get(key) ?? work(key).finally(() => running.delete(key));
    running.set(key, now);
    return now;
  };
}
