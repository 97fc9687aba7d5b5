import { formatTime } from '#kit'
import type { EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { call } from '../client.ts'
import type { Plan, SlackConfig } from '../config.ts'
import { readInstall, requiredApp, wholeApp } from './app.ts'
import { accessOf, dead, guard, preview, settle, type Context } from './context.ts'

const scopes = ['admin.apps:write', 'auditlogs:read'] as const
const plans: readonly Plan[] = ['enterprise']
/** The log tells of it seconds later, at times minutes. */
export const uninstallProbeEveryMs = 10_000
/** Of what the audit log bears, reading it has its share, too. */
const uninstallProbeSoonestMs = 1_500
export const uninstallProbeWithinMs = 15 * 60_000

/**
 * Takes an app out of the whole organisation: every token it holds, its bot user, its webhooks and commands end. Slack has
 * no list of what is installed, so the audit log is the proof: uninstalled, and not installed since.
 */
export const appUninstall = defineAction<SlackConfig>({
  verb: 'slack.app.uninstall',
  phase: 'uninstall',
  title: 'Uninstall an app from the organisation',
  scopes,
  retry: 'read-back',
  proofs: ['read-back'],
  targetFor: wholeApp,
  preview: (_, { name }) =>
    preview(scopes, [
      `the app${typeof name === 'string' ? ` \`${name}\`` : ''} is gone from every workspace: its bot, webhooks, commands and workflows stop, for everybody`,
      'every token it holds, of its own and in the name of users, is refused from then on',
      'nothing undoes it: who needs the app installs it again, and gets new tokens',
    ]),
  async apply(context, target) {
    const app = requiredApp(target)
    const { access, self } = await guard(context, target, plans)
    const last = await readInstall(access, app)
    if (last?.isInstalled === false) return { says: `the app was uninstalled before, at ${formatTime(last.atMs)}` }
    const given = { app_id: app, enterprise_id: self.enterprise_id }
    const outcome = settle(
      await call(access, 'admin.apps.uninstall', given),
      'the uninstallation',
      'Slack uninstalls apps that administer the organisation (SCIM, app management) by its support alone',
    )
    return { says: outcome === 'gone' ? 'Slack knows no such app here' : 'uninstalled from the organisation' }
  },
  async readBack(context, target) {
    const last = await readInstall(accessOf(context), requiredApp(target))
    return last?.isInstalled === false ? 'landed' : 'absent'
  },
  probe: {
    everyMs: uninstallProbeEveryMs,
    soonestMs: uninstallProbeSoonestMs,
    withinMs: uninstallProbeWithinMs,
    run: probe,
  },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  const nowMs = context.clock.nowMs()
  const last = await readInstall(accessOf(context), requiredApp(target))
  if (last === undefined)
    return { verdict: 'unknown', says: 'the audit log tells neither that it came nor that it went' }
  if (!last.isInstalled) {
    const at = formatTime(last.atMs)
    return dead(context, `the audit log tells that it was uninstalled at ${at}, and of no installation since`)
  }
  const at = formatTime(last.atMs)
  return nowMs - last.atMs < uninstallProbeWithinMs
    ? { verdict: 'alive', says: `the app was installed at ${at}: restrict it, then uninstall it once more` }
    : { verdict: 'unknown', says: `the last that the audit log tells is its installation at ${at}` }
}
