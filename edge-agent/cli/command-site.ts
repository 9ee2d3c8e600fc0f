/** What the groups of commands are given: where to add theirs, and where they speak. */
import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';
import { pathArgument } from './usage.ts';

export interface InFolder {
  readonly folder: string;
}

export interface CommandSite {
  readonly terminal: Terminal;
  /** A new command that knows its station's folder and how it is to answer. */
  add(name: string): Command;
  /** The same without `--json`: for what runs until it is told to end. */
  addRunning(name: string): Command;
}

export function commandSite(station: Command, terminal: Terminal): CommandSite {
  const addRunning = (name: string): Command =>
    station.command(name).requiredOption('--folder <folder>', 'where the station keeps everything', pathArgument);
  return {
    terminal,
    add: (name) => addRunning(name).option('--json', 'answer in JSON'),
    addRunning,
  };
}
