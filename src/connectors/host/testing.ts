import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { seededBytes, seededRandom, systemClock } from '#kit'

import { report, type HostReport } from './reporter/cordon-host-report.mjs'

// A host made of files, for the tests of the reporter.

export const nowMs = Date.UTC(2026, 2, 24, 11)
export const random = seededBytes(seededRandom(24))
export const hash = (value: string): string => `sha256:${createHash('sha256').update(value).digest('hex')}`
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Random in the way a vendor's generator is. */
export const made = (length: number): string => [...random(length)].map((byte) => alphabet[byte % 62]).join('')

/** A root directory made of the given files; a host that exists for one test. */
export function withRoot(files: Record<string, string>, run: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'cordon-root-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    run(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
export const scan = (root: string, more: Parameters<typeof report>[0] = {}): HostReport =>
  report({ root, nowMs: systemClock.nowMs(), hostId: 'lab-host', ...more })
export const at = (found: HostReport, path: string): HostReport['credentials'] =>
  found.credentials.filter((row) => row.path === path)
export const what = (found: HostReport): string[] => found.truncated.map((entry) => entry.what).sort()

export const jwt = (claims: object): string =>
  ['{"alg":"RS256"}', JSON.stringify(claims), random(64)]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
