import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { call, listAll, readSelf, type Access } from '../client.ts'
import type { Plan, SlackConfig } from '../config.ts'
import { requiredApp, wholeApp } from './app.ts'
import { accessOf, dead, guard, preview, probeEveryMs, probeWithinMs, settle, type Context } from './context.ts'

const scopes = ['admin.apps:write', 'admin.apps:read'] as const
const plans: readonly Plan[] = ['enterprise']

async function isListed(access: Access, list: 'approved' | 'restricted', app: string): Promise<boolean> {
  const { self } = await readSelf(access)
  const given = { enterprise_id: self.enterprise_id, limit: 1_000 }
  const rows = await listAll(access, `admin.apps.${list}.list`, given, `${list}_apps`, `the list of ${list} apps`)
  return rows.some(({ app: held }) => typeof held === 'object' && held !== null && 'id' in held && held['id'] === app)
}
const isRestricted = (context: Context, target: EntityId): Promise<boolean> =>
  isListed(accessOf(context), 'restricted', requiredApp(target))

/** Stands before the uninstallation: whoever still has a session would install the app again. */
export const appRestrict = defineAction<SlackConfig>({
  verb: 'slack.app.restrict',
  phase: 'deny',
  title: 'Keep an app from being installed',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: wholeApp,
  preview: () =>
    preview(
      scopes,
      [
        'nobody in the organisation installs the app any more; where it is installed it works on until it is uninstalled',
        'undo puts back what was decided about it before',
      ],
      { reversible: true, residualMs: null },
    ),
  async apply(context, target) {
    const app = requiredApp(target)
    const { access, self } = await guard(context, target, plans)
    if (await isListed(access, 'restricted', app)) return { says: 'the app was restricted already' }
    const wasApproved = await isListed(access, 'approved', app)
    const given = { app_id: app, enterprise_id: self.enterprise_id }
    const response = await call(access, 'admin.apps.restrict', given)
    settle(response, 'the restriction', 'look at the app in the organisation settings')
    return { says: 'restricted', undoState: { before: wasApproved ? 'approved' : 'undecided' } }
  },
  async readBack(context, target) {
    return (await isRestricted(context, target)) ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const before = undoState?.['before']
    if (before !== 'approved' && before !== 'undecided') return
    const { access, self } = await guard(context, target, plans)
    const method = before === 'approved' ? 'admin.apps.approve' : 'admin.apps.clearResolution'
    const given = { app_id: requiredApp(target), enterprise_id: self.enterprise_id }
    settle(await call(access, method, given), 'the decision', 'decide about the app in the organisation settings')
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isRestricted(context, target))
        ? dead(context, 'Slack lists the app as restricted')
        : { verdict: 'alive', says: 'Slack does not list the app as restricted' }
    },
  },
})
