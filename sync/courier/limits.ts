/** How large a bundle and its files may be. */
import { bundleFileBytes } from '@enroute/shared/courier/frames.ts';
import { MAX_PACKET_BYTES } from '@enroute/shared/packet/format.ts';

/** FAT32 takes files of up to 4 GiB, some readers of it only of 2 GiB. */
export const DEFAULT_MAX_FILE_BYTES = 1024 ** 3;
export const MAX_FILE_BYTES = 2 * 1024 ** 3 - 1;
export const MIN_FILE_BYTES = 1024 ** 2;

/** A reader opens none that is larger: one entry always fits, however small its file should have been. */
export const LARGEST_FILE_BYTES = MAX_FILE_BYTES + bundleFileBytes(MAX_PACKET_BYTES);
