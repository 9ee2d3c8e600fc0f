/** A sentence that a screen reader says by itself. Always there, as one that comes with its sentence goes unheard. */
export function Spoken({ sentence }: { readonly sentence: string }) {
  return (
    <p class="unseen" role="status" aria-live="polite">
      {sentence}
    </p>
  );
}
