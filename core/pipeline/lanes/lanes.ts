/** What a worker knows of the lanes that it holds: of the registrations in a lane, one worker at a time is the writer. */

export interface HeldLane {
  readonly lane: number;
  /** Grows by one each time that the lane changes hands. */
  readonly fence: number;
  /** From where the feed must be read for this lane; undefined is the beginning. */
  readonly since: string | undefined;
}

export interface LaneChange {
  readonly gained: readonly HeldLane[];
  /** What is at hand for them is to be dropped: another worker has them, or soon will. */
  readonly lost: readonly number[];
}

export interface Lanes {
  /** Those held at this moment, by lane. */
  held(): ReadonlyMap<number, HeldLane>;
  /** True while nobody else can have the lane, by this process's own clock. Asked before every effect and every save. */
  isSure(lane: number): boolean;
  /** Called at once with what is held already, and at each change. @returns ends that. */
  onChange(listener: (change: LaneChange) => void): () => void;
  /** Where the next holder has to begin, for all lanes that are held; stored with the next sign of life. */
  progress(since: string | undefined): void;
  /** Gives the lanes back, so that others have them at once. */
  stop(): Promise<void>;
}
