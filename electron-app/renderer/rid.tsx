/** A registration's id in the groups that people read it in (station, sequence, time); copied as the 29 digits it is. */
const GROUPS = [
  ['quiet', 0, 10],
  ['sequence', 10, 15],
  ['quiet', 15, 23],
  ['quiet', 23, 29],
] as const;

export function Rid({ rid }: { readonly rid: string }) {
  return (
    <bdi class="rid" dir="ltr">
      {GROUPS.map(([name, start, end]) => (
        <span key={start} class={name}>
          {rid.slice(start, end)}
        </span>
      ))}
    </bdi>
  );
}
