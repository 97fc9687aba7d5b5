import type { Act } from './act.ts'
import { one } from './activity-row.ts'
import { nameData, nameDriveOf, nameLink, nameSharedDrive, nameUser } from './names.ts'
import { close, fact, open, type Stated } from './statements.ts'

/** `people_with_link`: whoever has it; `public_on_the_web`: whoever searches, too. */
const audiences = { people_with_link: 'link', public_on_the_web: 'search' } as const
const isOpen = (visibility: string): visibility is keyof typeof audiences => Object.hasOwn(audiences, visibility)

/** Who can open a file by its link alone: of each such file, and for the drive it lies in. */
export function stateSharing(act: Act): Stated {
  const visibility = one(act.parameters, 'visibility') ?? ''
  const [drive, file] = [ofDrive(act, visibility), ofFile(act, visibility)]
  return { facts: [...(drive.facts ?? []), ...(file.facts ?? [])], edges: file.edges ?? [] }
}

function ofDrive({ authority, parameters, row, atMs }: Act, visibility: string): Stated {
  if (!isOpen(visibility) && visibility !== 'shared_externally') return {}
  const shared = one(parameters, 'shared_drive_id', 'team_drive_id')
  const owner = one(parameters, 'owner') ?? row.actor?.email
  if (shared === undefined && (owner === null || owner === undefined)) return {}
  const place = shared === undefined ? nameDriveOf(authority, owner ?? '') : nameSharedDrive(authority, shared)
  return { facts: [fact(place, atMs, { sharedByLink: visibility, sharedByLinkAtMs: atMs })] }
}

/**
 * Files of our own users alone: those of shared drives have no owner in whose name a link could be taken away, and count for
 * their drive. The last change counts; how far the link goes tells the change of its scope.
 */
function ofFile({ authority, parameters, row, atMs, name }: Act, visibility: string): Stated {
  const file = one(parameters, 'doc_id')
  const address = one(parameters, 'owner')?.toLowerCase()
  if (file === undefined || address === undefined || visibility === '') return {}
  if (one(parameters, 'shared_drive_id', 'team_drive_id') !== undefined) return {}
  const owner = row.resolved?.[address]
  if (owner === null || owner === undefined || owner.startsWith('group/')) return {}
  const link = nameLink(authority, owner, file)
  const place = nameData(authority, owner, 'drive')
  if (!isOpen(visibility)) return { edges: [close(place, 'CONTAINS', link, atMs)] }
  const isOfAll = (one(parameters, 'target_domain') ?? 'all') === 'all'
  const reach = name === 'change_document_access_scope' && isOfAll ? one(parameters, 'new_value') : undefined
  return {
    facts: [
      fact(link, atMs, {
        kind: 'link',
        name: `link to file ${file}`,
        owner: nameUser(authority, owner),
        audience: audiences[visibility],
        ...(reach === undefined ? {} : { writable: /edit/.test(reach) }),
        ...(name === 'change_document_visibility' ? { openSinceMs: atMs } : {}),
      }),
    ],
    edges: [open(place, 'CONTAINS', link, atMs)],
  }
}
