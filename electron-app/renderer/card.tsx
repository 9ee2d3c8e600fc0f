import type { ComponentChildren } from 'preact';

interface CardProperties {
  readonly name: string;
  readonly title: string;
  readonly children: ComponentChildren;
}

/** One of the fields at the head of the window. */
export function Card({ name, title, children }: CardProperties) {
  return (
    <section class={`card ${name}`} aria-labelledby={`${name}-title`}>
      <h2 id={`${name}-title`}>{title}</h2>
      {children}
    </section>
  );
}
