import type { Stated } from '#model'
import type { TakenAt } from '#sources/contract'

import { nameCenterGroup, nameCenterUser, nameCenterUserByName, namePermissionSet } from './names.ts'
import type { Row } from './rows.ts'
import { fact, open } from './statements.ts'

/** Users and groups of Identity Center → identities that may become the roles of their permission sets. */
export const centerStates = {
  centerUser: stateUser,
  centerGroup: ({ id, name }: Row<'centerGroup'>, { authority, atMs }: TakenAt): Stated => ({
    facts: [fact(nameCenterGroup(authority, id), atMs, { kind: 'group', name })],
  }),
  centerMember: ({ user, group }: Row<'centerMember'>, { authority }: TakenAt): Stated => ({
    edges: [open(nameCenterUser(authority, user), 'MEMBER_OF', nameCenterGroup(authority, group), 0)],
  }),
  permissionSet: ({ name, set, duration }: Row<'permissionSet'>, { authority, atMs }: TakenAt): Stated => ({
    facts: [
      fact(namePermissionSet(authority, name), atMs, {
        kind: 'role',
        name: `permission set ${name}`,
        arn: set,
        sessionMaxMs: durationMs(duration),
      }),
    ],
  }),
  assignment: ({ name, type, principal }: Row<'assignment'>, { authority }: TakenAt): Stated => {
    const who = type === 'USER' ? nameCenterUser(authority, principal) : nameCenterGroup(authority, principal)
    return { edges: [open(who, 'ASSUMES', namePermissionSet(authority, name), 0)] }
  },
}

function stateUser({ id, name, display, email, status }: Row<'centerUser'>, { authority, atMs }: TakenAt): Stated {
  const user = nameCenterUser(authority, id)
  const told = {
    kind: 'human',
    name: display === '' ? name : display,
    login: name,
    ...(email === null || email === undefined ? {} : { email }),
    ...(status === null || status === undefined ? {} : { status, enabled: status === 'ENABLED' }),
  }
  // The trail tells a session's user by name alone.
  return {
    facts: [fact(user, atMs, told)],
    edges: [open(user, 'ASSUMES', nameCenterUserByName(authority, name), 0)],
  }
}

/** `PT8H`, `PT1H30M`; undefined for what is neither. */
export function durationMs(text: string): number | undefined {
  const [whole, hours, minutes] = /^PT(?:(\d{1,2})H)?(?:(\d{1,3})M)?$/.exec(text) ?? []
  if (whole === undefined || (hours === undefined && minutes === undefined)) return undefined
  return (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
}
