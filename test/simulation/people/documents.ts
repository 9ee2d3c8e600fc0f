import type { ScannedDocument } from '@enroute/shared/enrolment/enrolment.ts';
import { PDFDocument, StandardFonts } from 'pdf-lib';

const PROOFS = [
  { name: 'proofOfIdentity', category: 'POI', type: 'PASSPORT', title: 'Proof of identity' },
  { name: 'proofOfAddress', category: 'POA', type: 'HOUSEHOLD_BILL', title: 'Proof of address' },
  { name: 'proofOfRelationship', category: 'POR', type: 'BIRTH_RECORD', title: 'Proof of relationship' },
] as const;

export interface DocumentFacts {
  readonly name: string;
  readonly address: string;
  readonly dateOfBirth: string;
  readonly issuedAt: Date;
}

/** The three proofs that a person brings, each a small valid PDF with the person's name in it. */
export async function documentsOf(facts: DocumentFacts): Promise<ScannedDocument[]> {
  const documents: ScannedDocument[] = [];
  for (const { name, category, type, title } of PROOFS) {
    const content = await pdfOf(title, facts);
    documents.push({ name, category, type, format: 'pdf', owner: 'Applicant', subPacket: 'id', content });
  }
  return documents;
}

/** The dates are set by us, because the library would put the clock's and every run would differ. */
async function pdfOf(title: string, facts: DocumentFacts): Promise<Uint8Array> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  pdf.setTitle(`${title}: ${facts.name}`);
  pdf.setProducer('Enroute simulation');
  pdf.setCreationDate(facts.issuedAt);
  pdf.setModificationDate(facts.issuedAt);
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  const page = pdf.addPage([420, 298]);
  const lines = [title, facts.name, `Born ${facts.dateOfBirth}`, facts.address, 'Invented for a simulation.'];
  for (const [row, line] of lines.entries()) page.drawText(line, { x: 36, y: 250 - row * 28, size: 14, font });
  return pdf.save({ useObjectStreams: false });
}
