import type { Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { normalizeAudit } from './normalize-audit.ts'
import { normalizeCommit } from './normalize-commit.ts'
import { normalizeDirectory } from './normalize-directory.ts'

/** Raw records of all streams → OCSF, edges, touches, facts. */
export function normalize(input: NormalizeInput): Normalized {
  if (input.stream === 'audit') return normalizeAudit(input)
  return input.stream === 'commits' ? normalizeCommit(input) : normalizeDirectory(input)
}
