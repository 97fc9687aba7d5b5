import { authorityOf } from '#model'
import { defineAction, isWhole } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { segment } from '../client.ts'
import type { OktaConfig } from '../config.ts'
import { appOf, nameApp, nameIdentity } from '../names.ts'
import { preview, refused, requiredApp } from './context.ts'
import { switchOff } from './lifecycle.ts'

/** Okta's own: without its Admin Console or dashboard nobody could put anything right. */
const builtIn = /^(saasure|okta_enduser|okta_browser_plugin|okta_flow_sso|okta_iga)/

/** Takes an app off: one that is itself the trigger, or that the attacker made. */
export const appDeactivate = defineAction<OktaConfig>({
  verb: 'okta.app.deactivate',
  phase: 'uninstall',
  title: 'Deactivate an app',
  scopes: scopesTo('apps'),
  targetFor({ entity, role }) {
    const app = appOf(entity)
    return app !== undefined && isWhole(role) ? nameApp(authorityOf(entity), app) : undefined
  },
  preview: (_, { name }) =>
    preview(
      'apps',
      [
        `nobody signs in to ${typeof name === 'string' ? `\`${name}\`` : 'the app'} by way of Okta, and it gets no token`,
        'sessions the app itself keeps and access tokens it holds live on until they end: an hour for Okta’s own',
        'undo gives everybody assigned their sign-in back, and the app its secrets',
      ],
      { reversible: true, residualMs: null },
    ),
  ...switchOff({
    use: 'apps',
    what: 'the app',
    hint: 'look at the app in the Admin Console',
    path: (target) => `/api/v1/apps/${segment(requiredApp(target))}`,
    hit: ({ authority }, target) => [nameIdentity(authority, requiredApp(target))],
    async before(_context, _access, target, { name }) {
      if (builtIn.test(name ?? '')) throw refused(target, "is one of Okta's own apps")
    },
  }),
})
