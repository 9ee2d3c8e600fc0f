import { hashOf } from '../shell/pages.ts';

/** The number of a registration, and the way to it. */
export function RidLink({ rid }: { readonly rid: string }) {
  return (
    <a href={hashOf({ page: 'registrations', rid })}>
      <bdi dir="ltr" class="rid">
        {rid}
      </bdi>
    </a>
  );
}
