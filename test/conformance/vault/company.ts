import assert from 'node:assert/strict'

import { type Clock, type Json, type JsonObject } from '#kit'
import { vaultConfig, vaultConnector, vaultOrigins, type VaultConfig } from '#connectors/vault'
import type { CredentialUse } from '#sources/contract'

import type { Policy } from '../../../lab/twins/vault/twin.ts'
import { startVaultTwin } from '../../../lab/twins/vault/twin.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { openStages } from '../cordon.ts'

/** A Vault to test against: the twin, or Vault's own KV engine. What is tested is the same. */
export type Vault = {
  url: string
  cluster: string
  root: string
  clock: Clock
  /** Makes a token that may do what the policy says, and nothing else. */
  token(name: string, policy: Policy): Promise<void>
  close(): Promise<void>
}

export async function openTwinVault(): Promise<Vault & { clock: TwinClock }> {
  const clock = new TwinClock(Date.UTC(2026, 2, 24, 12))
  const twin = await startVaultTwin({ clock })
  return {
    ...twin,
    clock,
    token: async (name, policy) => void twin.tokens.set(name, policy),
  }
}

/** As an administrator's client does it; it knows nothing of Cordon. */
export async function ask(vault: Vault, method: string, path: string, body?: Json, token = vault.root) {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const response = await fetch(`${vault.url}/v1/${path}`, {
    method,
    headers: { 'x-vault-token': token, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const answer: JsonObject = text === '' ? {} : JSON.parse(text)
  return { status: response.status, answer }
}

/** What consumers read now. */
export async function readSecret(vault: Vault, path: string): Promise<Record<string, string>> {
  const { status, answer } = await ask(vault, 'GET', `secret/data/${path}`)
  assert.equal(status, 200)
  return Object(Object(answer['data'])['data'])
}

/** Reads the printed policy as Vault does, for the one form that Cordon prints. */
export function policyOf(hcl: string): Policy {
  const lines = hcl
    .trim()
    .split('\n')
    .filter((line) => line !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const [, path = '', list = ''] = /^path "([^"]+)" \{ capabilities = \[(.*)\] \}$/.exec(line) ?? []
      assert.notEqual(path, '', line)
      return [path, list.split(', ').map((one) => one.replaceAll('"', ''))]
    }),
  )
}

/** A Vault with Cordon's two tokens, each with the policy that `source role` prints. */
export async function foundCompany(vault: Vault, over: Partial<VaultConfig>) {
  const config = vaultConfig.parse({ apiUrl: vault.url, ...over })
  const tokens = { see: 'EXAMPLE-cordon-see', contain: 'EXAMPLE-cordon-contain' }
  for (const use of ['see', 'contain'] as const) {
    const json = vaultConnector.role?.(config, use)?.json
    await vault.token(tokens[use], policyOf(String(Object(json)['policy'])))
  }
  return { vault, config, tokens, authority: vault.cluster }
}
export type Company = Awaited<ReturnType<typeof foundCompany>>

/** Cordon's own stages around the connector. */
export const openCordon = ({ vault, config, tokens, authority }: Company) =>
  openStages({
    connector: vaultConnector,
    config,
    authority,
    clock: vault.clock,
    origins: vaultOrigins(config),
    secretsOf: (use: CredentialUse) => ({ token: tokens[use] }),
  })
