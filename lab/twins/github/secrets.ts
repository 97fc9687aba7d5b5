import sodium, { ready } from 'libsodium-wrappers'

import type { JsonObject } from 'cordon/kit'

import { absent, gone, ok, refusal } from './answers.ts'
import { timeText, type Repo, type Slot } from './state.ts'
import { about, bodyOf, byOf, repoOf, textOf, type Handlers } from './world.ts'

/** libsodium itself opens what it is given; it has to be loaded first. */
export const sealReady = async (): Promise<void> => ready

/** One pair a repository, for as long as the twin lives. */
const pairs = new WeakMap<Repo, { keyId: string; publicKey: Uint8Array; privateKey: Uint8Array }>()
function pairOf(repo: Repo) {
  const made = pairs.get(repo) ?? { ...sodium.crypto_box_keypair(), keyId: `56850${repo.id}` }
  pairs.set(repo, made)
  return made
}

function opened(repo: Repo, sealed: string): string | undefined {
  const { publicKey, privateKey } = pairOf(repo)
  try {
    const bytes = sodium.crypto_box_seal_open(Buffer.from(sealed, 'base64'), publicKey, privateKey)
    return Buffer.from(bytes).toString('utf8')
  } catch {
    return undefined
  }
}

/** As people set it on the web. */
export function putSlot(slots: Map<string, Slot>, name: string, value: string, nowMs: number): void {
  slots.set(name, { value, createdAtMs: slots.get(name)?.createdAtMs ?? nowMs, updatedAtMs: nowMs })
}

const timesOf = ({ createdAtMs, updatedAtMs }: Slot): JsonObject => ({
  created_at: timeText(createdAtMs),
  updated_at: timeText(updatedAtMs),
})

export const secretHandlers: Handlers = {
  'actions/get-repo-public-key': (world, call) => {
    const { keyId, publicKey } = pairOf(repoOf(world, call))
    return ok({ key_id: keyId, key: Buffer.from(publicKey).toString('base64') })
  },
  'actions/get-repo-secret': (world, call) => {
    const name = call.params['secret_name'] ?? ''
    const slot = repoOf(world, call).values.get(name)
    return slot === undefined ? absent() : ok({ name, ...timesOf(slot) })
  },
  'actions/create-or-update-repo-secret': (world, call, caller) => {
    const [repo, name, body] = [repoOf(world, call), call.params['secret_name'] ?? '', bodyOf(call)]
    const value = opened(repo, textOf(body, 'encrypted_value') ?? '')
    if (textOf(body, 'key_id') !== pairOf(repo).keyId || value === undefined) {
      return refusal(422, 'Bad request - sealed with another key than the one of this repository')
    }
    const isNew = !repo.values.has(name)
    putSlot(repo.values, name, value, world.nowMs())
    if (!repo.secrets.includes(name)) repo.secrets.push(name)
    const action = isNew ? 'repo.create_actions_secret' : 'repo.update_actions_secret'
    world.log.record(action, byOf(caller, world.state), { ...about(world, repo), key: name })
    return isNew ? { status: 201, body: {} } : gone()
  },
  'actions/get-repo-variable': (world, call) => {
    const name = call.params['name'] ?? ''
    const slot = repoOf(world, call).variables.get(name)
    return slot === undefined ? absent() : ok({ name, value: slot.value, ...timesOf(slot) })
  },
  'actions/create-repo-variable': (world, call) => {
    const { variables } = repoOf(world, call)
    const [name, value] = [textOf(bodyOf(call), 'name') ?? '', textOf(bodyOf(call), 'value') ?? '']
    if (variables.has(name)) return refusal(409, 'Already exists - Variable already exists')
    putSlot(variables, name, value, world.nowMs())
    return { status: 201, body: {} }
  },
  'actions/update-repo-variable': (world, call) => {
    const { variables } = repoOf(world, call)
    const name = call.params['name'] ?? ''
    if (!variables.has(name)) return absent()
    putSlot(variables, name, textOf(bodyOf(call), 'value') ?? '', world.nowMs())
    return gone()
  },
}
