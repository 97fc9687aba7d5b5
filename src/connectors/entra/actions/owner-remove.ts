import { defineAction } from '#respond/contract'

import { listAll, segment, textAt, withQuery } from '../client.ts'
import { graphOrigin, type EntraConfig } from '../config.ts'
import { namePrincipal, partsOf } from '../names.ts'
import { preview, requiredParts } from './context.ts'
import { remove } from './removal.ts'

/** An owner may add secrets: one whom an exposed credential added is a way back in. */
export const ownerRemove = defineAction<EntraConfig>({
  verb: 'entra.owner.remove',
  phase: 'remove-descendants',
  title: 'Take an owner away from an application',
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('owner', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview('apps', ['the owner adds no further secrets to the app; those already added are steps of their own'], {
      reversible: true,
    }),
  ...remove({
    use: 'apps',
    what: 'the ownership',
    hint: 'look at Owners of the app registration',
    isReversible: true,
    async find(access, { config }, target) {
      const [application, owner] = requiredParts('owner', target)
      const base = `/v1.0/applications/${segment(application)}/owners`
      const owners = await listAll(access, withQuery(base, { $select: 'id' }), 'the owners of the app')
      if (!owners.some((row) => textAt(row, 'id') === owner)) return []
      const body = { '@odata.id': `${graphOrigin(config)}/v1.0/directoryObjects/${owner}` }
      return [{ path: `${base}/${segment(owner)}/$ref`, again: { path: `${base}/$ref`, body } }]
    },
    hit({ authority }, target) {
      const [, owner] = requiredParts('owner', target)
      return (['user', 'sp'] as const).map((kind) => namePrincipal(authority, kind, owner))
    },
  }),
})
