import { useEffect, useState } from 'preact/hooks';

/** What stands after `#` in the address bar, and again whenever that changes. */
export function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const look = (): void => setHash(location.hash);
    window.addEventListener('hashchange', look);
    return () => window.removeEventListener('hashchange', look);
  }, []);
  return hash;
}
