import { authorityOf, nativeOf } from '#model'
import { defineAction } from '#respond/contract'

import { graphOrigin, type EntraConfig } from '../config.ts'
import { listAll, segment, textAt, withQuery } from '../client.ts'
import { nameMembership, namePrincipal, partsOf } from '../names.ts'
import { preview, requiredParts } from './context.ts'
import { remove } from './removal.ts'

/** Takes back a membership that an exposed credential gave, or that nobody uses. */
export const membershipRemove = defineAction<EntraConfig>({
  verb: 'entra.membership.remove',
  phase: 'remove-descendants',
  title: 'Take a member out of a group they were added to',
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('membership', entity) !== undefined ? entity : undefined,
  takesRight: (member, group) => {
    const [, kind, id] = /^(user|group|sp)\/([^/]+)$/.exec(nativeOf(member)) ?? []
    const [, into] = /^group\/([^/]+)$/.exec(nativeOf(group)) ?? []
    return kind === undefined || id === undefined || into === undefined
      ? undefined
      : nameMembership(authorityOf(group), into, id)
  },
  preview: () =>
    preview('members', ['the member loses the apps and roles the group gives; undo puts the member back'], {
      reversible: true,
    }),
  ...remove({
    use: 'members',
    what: 'the membership',
    hint: 'groups that are synced or filled by a rule are changed where they come from; one that holds roles takes RoleManagement.ReadWrite.Directory',
    isReversible: true,
    async find(access, { config }, target) {
      const [group, member] = requiredParts('membership', target)
      const base = `/v1.0/groups/${segment(group)}/members`
      const members = await listAll(access, withQuery(base, { $select: 'id', $top: '999' }), 'the members of the group')
      if (!members.some((row) => textAt(row, 'id') === member)) return []
      const body = { '@odata.id': `${graphOrigin(config)}/v1.0/directoryObjects/${member}` }
      return [{ path: `${base}/${segment(member)}/$ref`, again: { path: `${base}/$ref`, body } }]
    },
    /** Who it is the name does not tell: a user, a group or an app. */
    hit({ authority }, target) {
      const [, member] = requiredParts('membership', target)
      return (['user', 'group', 'sp'] as const).map((kind) => namePrincipal(authority, kind, member))
    },
  }),
})
