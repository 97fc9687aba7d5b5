import type { EntityId } from '#model'
import { defineAction, previewStep } from '#respond/contract'

import { call, wasThere } from '../api.ts'
import { GithubError, webUrl, type GithubConfig } from '../config.ts'
import { listAll } from '../lists.ts'
import { targetAs } from '../names.ts'
import { installationRow } from '../rows.ts'
import { byAbsence, narrowed, refuseOwn, requireTarget, type Context } from './context.ts'

const scopes = ['organization_administration: read', 'enterprise_organization_installations: write']
/** GitHub gives an installation's token an hour, and does not say that it dies with the installation. */
const tokenLifeMs = 3_600_000

/**
 * GitHub lets an app suspend itself alone. Another's can be uninstalled by an app of the enterprise; without one the step
 * fails with the page where an owner does it, and the installation is a survivor until then.
 */
export const installationRemove = defineAction<GithubConfig>({
  verb: 'github.installation.remove',
  phase: 'uninstall',
  title: 'Uninstall an app from the organisation',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (targetAs('installation', entity) === undefined ? undefined : entity),
  preview: () =>
    previewStep(
      scopes,
      [
        'the app is taken off the organisation with all it was given, and gets no more tokens for it',
        'tokens it was given before are good for up to an hour',
        'only an owner can install it again',
        'without `enterprise` in the configuration a person must do it, and is told where',
      ],
      { residualMs: tokenLifeMs },
    ),
  async apply(context, target) {
    const { installation: id } = requireTarget('installation', target)
    refuseOwn(context, target)
    const { config } = context
    const { enterprise, org } = config
    // What the configuration knows is asked again: an estate that is not up to date must not cost us our own hands.
    if ([config.app.installation, config.containApp?.installation, enterprise?.installation].includes(id)) {
      throw new GithubError('ERR_GITHUB_TARGET', `\`${target}\` is what Cordon itself uses`, {
        hint: 'to cut Cordon off, remove the source and uninstall its apps',
      })
    }
    if (enterprise === undefined) {
      throw new GithubError('ERR_GITHUB_NEEDS', 'GitHub lets nobody but an owner or an enterprise app uninstall it', {
        hint: `an owner does it at ${pageOf(config, id)}`,
      })
    }
    const permissions = { enterprise_organization_installations: 'write' } as const
    return narrowed(context, { permissions, installation: enterprise.installation }, async ({ token }, access) => {
      const path = `/enterprises/${enterprise.slug}/apps/organizations/${org}/installations/${id}`
      const there = wasThere(await call(access, 'DELETE', path, { token }), 'the removal of an app')
      return { says: there ? 'uninstalled; tokens given out before live for up to an hour' : 'was gone already' }
    })
  },
  ...byAbsence(isThere, {
    there: 'the organisation lists the app as installed',
    gone: 'the organisation does not list the app, or lists it as suspended',
  }),
})

export const pageOf = (config: GithubConfig, installation: number): string =>
  `${webUrl(config)}/organizations/${config.org}/settings/installations/${installation}`

/** Suspended by an owner at that page is as good as gone. */
function isThere(context: Context, target: EntityId): Promise<boolean> {
  const { installation: wanted } = requireTarget('installation', target)
  return narrowed(context, { permissions: { organization_administration: 'read' } }, async ({ token }, access) => {
    const path = `/orgs/${access.config.org}/installations`
    const how = { field: 'installations', token }
    const rows = await listAll(access, path, installationRow, 'the list of installed apps', how)
    return rows.some(({ id, suspended_at: suspended }) => id === wanted && (suspended ?? null) === null)
  })
}
