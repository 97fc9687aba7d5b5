import { z } from 'zod'

import { defineAction } from '#respond/contract'

import { find, listAll, segment, textAt, withQuery } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import { preview, refuseOwnClient, requiredParts, tokenLifeMaxMs } from './context.ts'
import { remove } from './removal.ts'

const holder = z.object({ appId: z.string() })
const told = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Whoever outside proves to be this subject of this issuer is the app, with no secret: that trust is taken away. */
export const federatedCredentialRemove = defineAction<EntraConfig>({
  verb: 'entra.federated-credential.remove',
  phase: 'revoke',
  title: 'Remove a federated identity credential of an app',
  targetFor: ({ entity }) => (partsOf('federated-credential', entity) === undefined ? undefined : entity),
  preview: (_, { issuer, subject }) => {
    const who = told(issuer) && told(subject) ? `\`${subject}\` of ${issuer}` : 'whoever it lets in from outside'
    return preview(
      'apps',
      [
        `${who} gets no token as the app any more; pipelines and workloads that sign in so stop`,
        'tokens already given out live 60 to 90 minutes: Microsoft cannot take them back',
        `undo adds it again: ${who} may be the app again`,
      ],
      { reversible: true, residualMs: tokenLifeMaxMs },
    )
  },
  ...remove({
    use: 'apps',
    what: 'the federated credential',
    hint: 'look at Certificates & secrets > Federated credentials of the app',
    isReversible: true,
    async find(access, context, target) {
      const [application, name] = requiredParts('federated-credential', target)
      const path = `/v1.0/applications/${segment(application)}`
      const app = await find(access, holder, withQuery(path, { $select: 'id,appId' }), 'the app')
      if (app === undefined) return []
      refuseOwnClient(context, target, app.appId)
      const base = `${path}/federatedIdentityCredentials`
      const rows = await listAll(access, base, 'the federated credentials of the app')
      return rows
        .filter((row) => textAt(row, 'name') === name)
        .map((row) => {
          const { issuer = null, subject = null, audiences = [], description = null } = row
          const body = { name, issuer, subject, audiences, ...(description === null ? {} : { description }) }
          return { path: `${base}/${segment(textAt(row, 'id'))}`, again: { path: base, body } }
        })
    },
    hit: () => [],
  }),
})
