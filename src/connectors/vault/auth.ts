import { z } from 'zod'

import { readAnswer, type AuthByName, type CredentialUse, type PullContext, type Role } from '#sources/contract'

import { call, dataPath, destroyPath, metadataPath, plainHeaders } from './client.ts'
import type { SecretPlace, VaultConfig } from './config.ts'

/** By a role where the configuration names one for this use, else by the token as it is. */
export function auth(config: VaultConfig, use: CredentialUse): AuthByName {
  const { apiUrl, appRole } = config
  const roleId = appRole?.[use]
  if (appRole === undefined || roleId === undefined) {
    return { default: { kind: 'static', secret: 'token', header: 'x-vault-token' } }
  }
  const loginUrl = new URL(`/v1/auth/${appRole.mount}/login`, apiUrl).href
  return { default: { kind: 'app-role', loginUrl, roleId, secret: 'secretId', headers: plainHeaders(config) } }
}

type Need = { name: string; why: string; capability: 'read' | 'patch' | 'update'; at(place: SecretPlace): string }

const readNeed: Need = {
  name: 'read metadata',
  why: 'which version of a place is current, and which action wrote it; never a value',
  capability: 'read',
  at: metadataPath,
}
/** Of `places` alone. INVARIANT: no capability here gives out a value. */
const needs: Readonly<Record<CredentialUse, readonly Need[]>> = {
  see: [readNeed],
  contain: [
    readNeed,
    { name: 'patch data', why: 'write a successor as a new version', capability: 'patch', at: dataPath },
    {
      name: 'patch metadata',
      why: 'note beside it by which action it was written',
      capability: 'patch',
      at: metadataPath,
    },
    {
      name: 'destroy versions',
      why: 'destroy what stood there before, once it is dead',
      capability: 'update',
      at: destroyPath,
    },
  ],
}
/** What writing at a place needs; destroying is a step of its own. */
export const writeScopes = ['read metadata', 'patch data', 'patch metadata'] as const

/** Tokens of a role live for a step or two, and end by themselves. */
const appRoleLife = '10m'

export function role({ places, appRole }: VaultConfig, use: CredentialUse): Role {
  const paths = new Map<string, string[]>()
  for (const place of places) {
    for (const { capability, at } of needs[use]) paths.set(at(place), [...(paths.get(at(place)) ?? []), capability])
  }
  const policy = [...paths].map(
    ([path, capabilities]) => `path "${path}" { capabilities = [${capabilities.map((one) => `"${one}"`).join(', ')}] }`,
  )
  const name = `cordon-${use}`
  return {
    scopes: needs[use].map(({ name: scope, why }) => ({ name: scope, why })),
    text: [
      `vault policy write ${name} - <<EOF\n${policy.join('\n')}\nEOF`,
      ...(appRole?.[use] === undefined
        ? [
            `vault token create -policy=${name} -orphan -period=768h -display-name=${name}`,
            'the token is shown once: it is `token`; renew it within each period, or give `cordon source rotate` a new one',
          ]
        : [
            `vault write auth/${appRole.mount}/role/${name} token_policies=${name} token_ttl=${appRoleLife} token_max_ttl=${appRoleLife} secret_id_num_uses=0`,
            `vault read -field=role_id auth/${appRole.mount}/role/${name}/role-id, which is \`appRole.${use}\``,
            `vault write -f -field=secret_id auth/${appRole.mount}/role/${name}/secret-id, which is the secret \`secretId\``,
          ]),
    ],
    json: { policy: `${policy.join('\n')}\n` },
  }
}

const answer = z.object({ data: z.record(z.string(), z.json()) })
const list = z.array(z.string())

/** What the token may do at every place, as Vault itself works it out; `root` may do all. */
export async function scopes(context: PullContext<VaultConfig>, use: CredentialUse): Promise<string[]> {
  const { places } = context.config
  if (places.length === 0) return []
  const paths = [...new Set(places.flatMap((place) => needs[use].map(({ at }) => at(place))))]
  const response = await call(context, 'sys/capabilities-self', { method: 'POST', body: { paths } })
  const { data } = readAnswer(answer, response, 'what the token may do')
  const may = (path: string, capability: string): boolean => {
    const held = list.safeParse(data[path]).data ?? []
    return held.includes(capability) || held.includes('root')
  }
  return needs[use]
    .filter(({ capability, at }) => places.every((place) => may(at(place), capability)))
    .map(({ name }) => name)
}
