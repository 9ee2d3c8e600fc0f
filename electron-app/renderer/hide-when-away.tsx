import { useLayoutEffect } from 'preact/hooks';

/** Nobody works in this window any more. In place before anything is painted: a layout effect, not one a frame later. */
export function HideWhenAway({ onHide }: { readonly onHide: () => void }) {
  useLayoutEffect(() => {
    const onVisibility = (): void => {
      if (document.hidden) onHide();
    };
    window.addEventListener('blur', onHide);
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      window.removeEventListener('blur', onHide);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [onHide]);
  return null;
}
