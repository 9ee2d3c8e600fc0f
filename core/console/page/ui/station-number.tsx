/** Center and machine, five digits each, kept together when they are copied. */
export function StationNumber({ station }: { readonly station: string }) {
  return (
    <bdi class="number" dir="ltr">
      <span>{station.slice(0, 5)}</span>
      <span>{station.slice(5)}</span>
    </bdi>
  );
}
