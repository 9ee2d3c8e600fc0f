/** `link`: what a person does with the link of a running agent. */
import { Argument } from 'commander';
import { LINK_ORDERS, type LinkOrder } from '../local-api/front-desk.ts';
import type { CommandSite, InFolder } from './command-site.ts';
import { answer, type Output } from './output.ts';
import { atStation } from './reach-station.ts';
import { renderStatus } from './render-status.ts';

export function addLinkCommand({ terminal, add }: CommandSite): void {
  add('link')
    .description("Stops the running agent's link, lets it go on, or has it tried at once.")
    .addArgument(new Argument('<order>', 'what to do').choices(LINK_ORDERS))
    .action((order: LinkOrder, options: InFolder & Output) =>
      atStation(terminal, options.folder, async (desk) => {
        answer(terminal, options, await desk.steerLink(order), renderStatus);
      }),
    );
}
