import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { NOTE_SUFFIX, openCommitNote, readCommitNote } from './commit-note.ts';
import { freshFolder } from './store.fixture.ts';

function freshNote() {
  const file = join(freshFolder(), 'store.sqlite');
  const note = openCommitNote(file);
  onTestFinished(() => note.close());
  return { file, note, path: `${file}${NOTE_SUFFIX}` };
}

test('the note tells the newest number that was written, at once and after it was closed', () => {
  const { file, note } = freshNote();
  for (const sequence of [1, 999, 1000]) {
    note.write(sequence);
    expect(readCommitNote(file)).toBe(sequence);
  }
  note.close();
  note.close();
  note.write(1001);
  expect(readCommitNote(file)).toBe(1000);
});

test('opening a note again keeps what it says', () => {
  const { file, note } = freshNote();
  note.write(7);
  note.close();
  openCommitNote(file).close();
  expect(readCommitNote(file)).toBe(7);
});

test('without a note, or with one that was just made, nothing is known', () => {
  const { file } = freshNote();
  expect(readCommitNote(file)).toBeUndefined();
  expect(readCommitNote(`${file}-other`)).toBeUndefined();
});

test('a note with any changed byte says nothing', () => {
  const { file, note, path } = freshNote();
  note.write(12345);
  const whole = new Uint8Array(readFileSync(path));
  for (let at = 0; at < whole.length; at += 1) {
    for (const bit of [1, 2, 16, 128]) {
      writeFileSync(
        path,
        whole.map((byte, n) => (n === at ? byte ^ bit : byte)),
      );
      expect(readCommitNote(file)).toBeUndefined();
    }
  }
});
