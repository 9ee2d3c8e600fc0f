/** What is handed over by path, as an enrolment with all that speaks against it. */
import type { Enrolment, Process } from '@enroute/shared/enrolment/enrolment.ts';
import { enrolmentFromMosip } from '@enroute/shared/mosip/import.ts';
import { refusal } from '@enroute/shared/policy/finding.ts';
import type { Manifest } from '@enroute/shared/schemas/manifest.ts';
import { readCaptureFolder } from '../import/capture-folder.ts';
import { readMosipSource } from '../import/mosip-source.ts';
import { type ToldFinding, toldFinding, toldImportFinding } from './failure.ts';
import type { ImportOrder } from './front-desk.ts';

export interface HandedOver {
  readonly enrolment: Enrolment;
  readonly process: Process;
  readonly priority: Manifest['priority'];
  readonly corrects?: string;
  readonly sourceRid: string | null;
  readonly findings: readonly ToldFinding[];
}

/** @throws CaptureFolderError, FolderError, CbeffError */
export async function fromCaptureFolder(folder: string): Promise<HandedOver> {
  return { ...(await readCaptureFolder(folder)), sourceRid: null, findings: [] };
}

/**
 * The operator's word on consent stands in only where the packet says nothing: a person who said no is not overruled.
 * @throws MosipError, FolderError, CbeffError
 */
export async function fromMosip(
  source: string,
  { consent, acceptDoubts }: Pick<ImportOrder, 'consent' | 'acceptDoubts'>,
): Promise<HandedOver> {
  const imported = enrolmentFromMosip(await readMosipSource(source));
  const isSilent = imported.findings.some(({ code }) => code === 'MOSIP_CONSENT_UNKNOWN');
  const consents = isSilent && consent;
  const told = imported.findings
    .filter(({ code }) => !(consents && code === 'MOSIP_CONSENT_UNKNOWN'))
    .map((finding) => toldImportFinding(finding, acceptDoubts));
  // MOSIP's packet does not name what it corrects.
  const orphan = imported.process === 'CORRECTION' ? [toldFinding(refusal('ENR-VAL-007', 'import'))] : [];
  return {
    enrolment: consents ? { ...imported.enrolment, consent: true } : imported.enrolment,
    process: imported.process,
    priority: 'normal',
    sourceRid: imported.sourceRid ?? null,
    findings: [...told, ...orphan],
  };
}
