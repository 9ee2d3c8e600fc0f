/** A backup as a process of its own: `back-up-until-killed.ts <core's folder> <to>`. */
import { takeBackup } from '@enroute/core/backup/take-backup.ts';

const [core = '', to = ''] = process.argv.slice(2);
await takeBackup(core, to, new Date());
