import { z } from 'zod'

import { authorityOf, type EntityId } from '#model'
import { defineAction, type Applied, type Probed, type ReadBack } from '#respond/contract'
import { readAnswer, refuseUnlessOk, VendorError } from '#sources/contract'

import { call, isLimit, wasThere } from '../api.ts'
import { GithubError, type GithubConfig } from '../config.ts'
import { listAll } from '../lists.ts'
import { namePat, targetAs, targetOf } from '../names.ts'
import { grantRow } from '../rows.ts'
import { accessOf, narrowed, refuseOwn, type Context } from './context.ts'

const scopes = ['organization_personal_access_tokens: write', 'organization_administration: write']
/** GitHub shuts out whoever sends wrong credentials too fast, so a lent value is tried with pauses. */
const tryEveryMs = 5_000
const tryWithinMs = 5 * 60_000

/**
 * Three ways, the strongest that can be had. With the value lent, GitHub kills the token for everybody
 * (POST /credentials/revoke, no way back, its owner is told by mail). Without it the organisation takes back what it gave:
 * the grant of a fine-grained token, or the single sign-on of a classic token, an OAuth token or an SSH key.
 */
export const tokenRevoke = defineAction<GithubConfig>({
  verb: 'github.token.revoke',
  phase: 'revoke',
  title: 'Revoke a token or key',
  scopes,
  retry: 'idempotent',
  proofs: ['probed', 'read-back'],
  targetFor({ entity, attributes }) {
    if (targetAs('grant', entity) !== undefined) {
      const token = attributes['token']
      return typeof token === 'string' ? namePat(authorityOf(entity), token) : undefined
    }
    const noun = targetOf(entity)?.noun
    return noun === 'token' || noun === 'pat' || noun === 'sshkey' ? entity : undefined
  },
  preview(target, attributes) {
    const noun = targetOf(target)?.noun
    const inside =
      noun === 'pat'
        ? 'without the value: the organisation takes its grant back; the token opens nothing of it, and lives on elsewhere'
        : attributes['authorization'] === undefined
          ? 'without the value: nothing can be done, since no single sign-on stands between it and the organisation'
          : 'without the value: its single sign-on is removed; it opens nothing of the organisation, and lives on elsewhere'
    return {
      effects: [
        ...(noun === 'sshkey'
          ? []
          : ['with the value lent: GitHub revokes it everywhere, for good, and writes to its owner']),
        inside,
        'whatever uses it stops working; its owner makes a new one, or asks for the grant again',
      ],
      reversible: false,
      undoWithinMs: null,
      residualMs: 0,
      scopes,
      proofs: noun === 'sshkey' ? ['read-back'] : ['probed', 'read-back'],
    }
  },
  async apply(context, target): Promise<Applied> {
    refuseOwn(context, target)
    const value = context.lent(target)
    if (value !== undefined) {
      await assertIsToken(context, target, value)
      return revokeValue(context, value)
    }
    const access = await accessHeld(context, target)
    if (access === 'none') {
      throw new GithubError('ERR_GITHUB_NEEDS', 'the organisation has nothing it could take back from this token', {
        hint: 'lend its value to the incident, or remove its owner from the organisation',
      })
    }
    return access === 'gone' ? { says: 'the organisation had taken it back already' } : takeBack(context, access)
  },
  async readBack(context, target): Promise<ReadBack> {
    const value = context.lent(target)
    if (value !== undefined) {
      const tried = await tryValue(context, value)
      return tried === 'refused' ? 'landed' : tried === 'accepted' ? 'absent' : 'unknown'
    }
    const held = await accessHeld(context, target)
    return held === 'gone' ? 'landed' : held === 'none' ? 'unknown' : 'absent'
  },
  probe: {
    everyMs: tryEveryMs,
    withinMs: tryWithinMs,
    async run(context, target): Promise<Probed> {
      const value = context.lent(target)
      if (value !== undefined) return judge(context, await tryValue(context, value))
      const held = await accessHeld(context, target)
      if (held === 'none') return { verdict: 'unknown', says: 'no value was lent, and GitHub lists no such token' }
      if (held !== 'gone') return { verdict: 'alive', says: `the organisation still lists it (${held.kind})` }
      const says = 'the organisation lists its access no longer; elsewhere its owner may still use it'
      return { verdict: 'dead', proof: { kind: 'read-back', says, where: [context.authority] } }
    },
  },
})

const tokenForm = /^(?:gh[pousr]_[A-Za-z0-9]{20,250}|github_pat_\w{20,250}|[0-9a-f]{40})$/
const isInstallationToken = (value: string): boolean => value.startsWith('ghs_')

/** A lent value may only be used on the token it is: another one would be killed, and its death reported as this one's. */
async function assertIsToken(context: Context, target: EntityId, value: string): Promise<void> {
  const noun = targetOf(target)?.noun
  const fits = tokenForm.test(value) && (noun === 'pat') === value.startsWith('github_pat_') && noun !== 'sshkey'
  const held = fits ? await accessHeld(context, target) : 'none'
  const isOther =
    held !== 'none' && held !== 'gone' && held.kind === 'authorization' && held.lastEight !== null
      ? held.lastEight !== value.slice(-8)
      : false
  if (fits && !isOther) {
    if (held === 'none' || held === 'gone' || isInstallationToken(value)) return
    const response = await call(accessOf(context), 'GET', '/user', { token: value })
    if (response.status === 401) return
    const { login } = readAnswer(z.object({ login: z.string() }), response, 'the owner of the lent value')
    if (login.toLowerCase() === held.owner.toLowerCase()) return
  }
  throw new GithubError('ERR_GITHUB_TARGET', 'the lent value is not this token', {
    hint: 'lend the value of this very token, or none',
  })
}

async function revokeValue(context: Context, value: string): Promise<Applied> {
  if (isInstallationToken(value)) {
    const response = await call(accessOf(context), 'DELETE', '/installation/token', { token: value })
    if (response.status !== 401) refuseUnlessOk(response, 'the revocation of an installation token')
    return { says: 'revoked with itself (an installation token)' }
  }
  const response = await call(accessOf(context), 'POST', '/credentials/revoke', {
    as: 'none',
    budget: 'unsigned',
    body: { credentials: [value] },
    // Revoked twice is revoked once.
    isRead: true,
  })
  refuseUnlessOk(response, 'the revocation')
  return { says: 'given to GitHub to revoke everywhere; its owner is told' }
}

type Tried = 'accepted' | 'refused' | 'unclear'

/** From where the thief stands, and harmless: /rate_limit takes any token, and counts against nothing. */
async function tryValue(context: Context, value: string): Promise<Tried> {
  const response = await call(accessOf(context), 'GET', '/rate_limit', { token: value })
  if (response.status === 401) return 'refused'
  return response.status === 200 && !isLimit(response) ? 'accepted' : 'unclear'
}

function judge({ config }: Context, tried: Tried): Probed {
  if (tried === 'accepted') return { verdict: 'alive', says: 'GitHub accepts the value' }
  if (tried === 'unclear') return { verdict: 'unknown', says: 'GitHub neither accepts nor refuses the value for now' }
  const where = [new URL(config.apiUrl).host]
  return { verdict: 'dead', proof: { kind: 'probed', says: 'tried with the value: 401, bad credentials', where } }
}

type Held =
  | { kind: 'grant'; id: number; owner: string }
  | { kind: 'authorization'; id: number; owner: string; lastEight: string | null }

/** `gone`: the organisation gave access once and lists it no longer. `none`: there is nothing of the kind it could list. */
async function accessHeld(context: Context, target: EntityId): Promise<Held | 'gone' | 'none'> {
  const token = targetOf(target)
  if (token?.noun === 'pat') {
    return narrowed(context, { permissions: { organization_personal_access_tokens: 'read' } }, async (own, access) => {
      const path = `/orgs/${access.config.org}/personal-access-tokens`
      const rows = await listAll(access, path, grantRow, 'the list of fine-grained tokens', { token: own.token })
      const row = rows.find(({ token_id: id }) => String(id) === token.token)
      return row === undefined ? 'gone' : { kind: 'grant', id: row.id, owner: row.owner.login }
    })
  }
  const reads = { organization_administration: 'read' } as const
  return narrowed(context, { permissions: reads }, (own) => findAuthorization(context, own.token, target))
}

const authorization = z.object({
  login: z.string(),
  credential_id: z.number(),
  authorized_credential_id: z.number().nullish(),
  fingerprint: z.string().nullish(),
  token_last_eight: z.string().nullish(),
})

async function findAuthorization(context: Context, own: string, target: EntityId): Promise<Held | 'gone' | 'none'> {
  const token = targetOf(target)
  const path = `/orgs/${context.config.org}/credential-authorizations`
  let rows
  try {
    rows = await listAll(accessOf(context), path, authorization, 'the list of single sign-on authorizations', {
      token: own,
    })
  } catch (error) {
    // Without single sign-on there is no such list, and nothing to take back.
    if (error instanceof VendorError && error.code === 'ERR_VENDOR_ABSENT') return 'none'
    throw error
  }
  const row = rows.find((one) =>
    token?.noun === 'sshkey'
      ? one.fingerprint?.replace(/^SHA256:/, '').replace(/=+$/, '') === token.print
      : token?.noun === 'token' && String(one.authorized_credential_id) === token.token,
  )
  if (row === undefined) return 'gone'
  const { credential_id: id, login: owner, token_last_eight: lastEight } = row
  return { kind: 'authorization', id, owner, lastEight: lastEight ?? null }
}

function takeBack(context: Context, held: Held): Promise<Applied> {
  const { org } = context.config
  if (held.kind === 'grant') {
    return narrowed(context, { permissions: { organization_personal_access_tokens: 'write' } }, async (own, access) => {
      const path = `/orgs/${org}/personal-access-tokens/${held.id}`
      const response = await call(access, 'POST', path, { token: own.token, body: { action: 'revoke' } })
      const there = wasThere(response, 'the revocation of a grant')
      return { says: there ? 'the organisation took its grant back' : 'the grant was gone already' }
    })
  }
  return narrowed(context, { permissions: { organization_administration: 'write' } }, async (own, access) => {
    const path = `/orgs/${org}/credential-authorizations/${held.id}`
    const response = await call(access, 'DELETE', path, { token: own.token })
    const there = wasThere(response, 'the removal of a single sign-on authorization')
    return { says: there ? 'its single sign-on was removed' : 'its single sign-on was gone already' }
  })
}
