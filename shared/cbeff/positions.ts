import type { Position } from '../enrolment/enrolment.ts';

/** What MOSIP calls a position: the BDB's type and subtype, and the attribute's name in lists such as CONFIGURED. */
export interface CbeffPosition {
  readonly type: 'Finger' | 'Iris' | 'Face';
  readonly subtype: string;
  readonly attribute: string;
}

export const CBEFF_POSITIONS: Readonly<Record<Position, CbeffPosition>> = {
  RIGHT_THUMB: { type: 'Finger', subtype: 'Right Thumb', attribute: 'rightThumb' },
  RIGHT_INDEX: { type: 'Finger', subtype: 'Right IndexFinger', attribute: 'rightIndex' },
  RIGHT_MIDDLE: { type: 'Finger', subtype: 'Right MiddleFinger', attribute: 'rightMiddle' },
  RIGHT_RING: { type: 'Finger', subtype: 'Right RingFinger', attribute: 'rightRing' },
  RIGHT_LITTLE: { type: 'Finger', subtype: 'Right LittleFinger', attribute: 'rightLittle' },
  LEFT_THUMB: { type: 'Finger', subtype: 'Left Thumb', attribute: 'leftThumb' },
  LEFT_INDEX: { type: 'Finger', subtype: 'Left IndexFinger', attribute: 'leftIndex' },
  LEFT_MIDDLE: { type: 'Finger', subtype: 'Left MiddleFinger', attribute: 'leftMiddle' },
  LEFT_RING: { type: 'Finger', subtype: 'Left RingFinger', attribute: 'leftRing' },
  LEFT_LITTLE: { type: 'Finger', subtype: 'Left LittleFinger', attribute: 'leftLittle' },
  RIGHT_IRIS: { type: 'Iris', subtype: 'Right', attribute: 'Right' },
  LEFT_IRIS: { type: 'Iris', subtype: 'Left', attribute: 'Left' },
  FACE: { type: 'Face', subtype: '', attribute: 'face' },
};

const key = (type: string, subtype: string): string => `${type} ${subtype}`.toLowerCase().replace(/\s+/g, ' ').trim();

const BY_NAME = new Map<string, Position>();
for (const [position, name] of Object.entries(CBEFF_POSITIONS)) {
  BY_NAME.set(key(name.type, name.subtype), position as Position);
}

/** Case and spacing differ between device makers, so neither counts. */
export function positionOf(type: string, subtype: string): Position | undefined {
  return BY_NAME.get(key(type, subtype));
}
