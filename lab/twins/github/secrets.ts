import sodium, { ready } from 'libsodium-wrappers'

import type { JsonObject } from 'cordon/kit'

import { absent, gone, ok, refusal } from './answers.ts'
import type { TwinCall } from '../kit/server.ts'
import type { Caller } from './caller.ts'
import { emptyShelf, timeText, type Shelf, type Slot } from './state.ts'
import { about, bodyOf, byOf, repoOf, textOf, type Handlers, type World } from './world.ts'

/** libsodium itself opens what it is given; it has to be loaded first. */
export const sealReady = async (): Promise<void> => ready

type Slots = Map<string, Slot>

/** One pair a holder, for as long as the twin lives. */
const pairs = new WeakMap<Slots, { keyId: string; publicKey: Uint8Array; privateKey: Uint8Array }>()
let made = 568_500_000
function pairOf(slots: Slots) {
  const pair = pairs.get(slots) ?? { ...sodium.crypto_box_keypair(), keyId: String(++made) }
  pairs.set(slots, pair)
  return pair
}

function opened(slots: Slots, sealed: string): string | undefined {
  const { publicKey, privateKey } = pairOf(slots)
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

/** Undefined: there is no such environment. */
type At<T> = (world: World, call: TwinCall) => T | undefined
type Ids = { key: string; get: string; put: string }

/** The three calls about secrets, which are the same wherever these lie. */
const secretsAt = ({ key, get, put }: Ids, at: At<Slots>, wrote: Wrote, more: More = () => ({})): Handlers => ({
  [key]: (world, call) => {
    const slots = at(world, call)
    if (slots === undefined) return absent()
    const { keyId, publicKey } = pairOf(slots)
    return ok({ key_id: keyId, key: Buffer.from(publicKey).toString('base64') })
  },
  [get]: (world, call) => {
    const name = call.params['secret_name'] ?? ''
    const slot = at(world, call)?.get(name)
    return slot === undefined ? absent() : ok({ name, ...timesOf(slot), ...more(world, name) })
  },
  [put]: (world, call, caller) => {
    const [slots, name, body] = [at(world, call), call.params['secret_name'] ?? '', bodyOf(call)]
    if (slots === undefined) return absent()
    const value = opened(slots, textOf(body, 'encrypted_value') ?? '')
    if (textOf(body, 'key_id') !== pairOf(slots).keyId || value === undefined) {
      return refusal(422, 'Bad request - sealed with another key than the one of this place')
    }
    const isNew = !slots.has(name)
    putSlot(slots, name, value, world.nowMs())
    wrote(world, call, caller, name, isNew)
    return isNew ? { status: 201, body: {} } : gone()
  },
})
type Wrote = (world: World, call: TwinCall, caller: Caller, name: string, isNew: boolean) => void
type More = (world: World, name: string) => JsonObject

const variablesAt = ({ get, post, patch }: { get: string; post: string; patch: string }, at: At<Slots>): Handlers => ({
  [get]: (world, call) => {
    const name = call.params['name'] ?? ''
    const slot = at(world, call)?.get(name)
    return slot === undefined ? absent() : ok({ name, value: slot.value, ...timesOf(slot) })
  },
  [post]: (world, call) => {
    const variables = at(world, call)
    const [name, value] = [textOf(bodyOf(call), 'name') ?? '', textOf(bodyOf(call), 'value') ?? '']
    if (variables === undefined) return absent()
    if (variables.has(name)) return refusal(409, 'Already exists - Variable already exists')
    putSlot(variables, name, value, world.nowMs())
    return { status: 201, body: {} }
  },
  [patch]: (world, call) => {
    const variables = at(world, call)
    const name = call.params['name'] ?? ''
    if (variables?.has(name) !== true) return absent()
    putSlot(variables, name, textOf(bodyOf(call), 'value') ?? '', world.nowMs())
    return gone()
  },
})

const logged =
  (list: (world: World, call: TwinCall) => string[] | undefined, noun: string): Wrote =>
  (world, call, caller, name, isNew) => {
    const repo = repoOf(world, call)
    const names = list(world, call)
    if (names?.includes(name) === false) names.push(name)
    const action = isNew ? `repo.create_${noun}_secret` : `repo.update_${noun}_secret`
    world.log.record(action, byOf(caller, world.state), { ...about(world, repo), key: name })
  }

const namesIn = (world: World, call: TwinCall): string[] | undefined =>
  repoOf(world, call).environments.get(call.params['environment_name'] ?? '')

function shelfIn(world: World, call: TwinCall): Shelf | undefined {
  if (namesIn(world, call) === undefined) return undefined
  const [{ shelves }, name] = [repoOf(world, call), call.params['environment_name'] ?? '']
  const shelf = shelves.get(name) ?? emptyShelf()
  shelves.set(name, shelf)
  return shelf
}

const visibilityOf: More = ({ state }, name) => {
  const { repositories = null } = state.secrets.get(name) ?? {}
  return { visibility: repositories === null ? 'all' : 'selected' }
}

/** The body says anew whom it is visible to: what is not said is lost. */
const wroteInOrganisation: Wrote = ({ state }, call, _, name) => {
  const { visibility, selected_repository_ids: ids } = bodyOf(call)
  const repositories = visibility === 'selected' ? (Array.isArray(ids) ? ids.map(Number) : []) : null
  state.secrets.set(name, { repositories })
}

const ids = (of: string, holder: string): Ids => ({
  key: `${of}/get-${holder}-public-key`,
  get: `${of}/get-${holder}-secret`,
  put: `${of}/create-or-update-${holder}-secret`,
})
const variableIds = (holder: string) => ({
  get: `actions/get-${holder}-variable`,
  post: `actions/create-${holder}-variable`,
  patch: `actions/update-${holder}-variable`,
})

export const secretHandlers: Handlers = {
  ...secretsAt(
    ids('actions', 'repo'),
    (world, call) => repoOf(world, call).values,
    logged((world, call) => repoOf(world, call).secrets, 'actions'),
  ),
  ...secretsAt(ids('actions', 'environment'), (...at) => shelfIn(...at)?.secrets, logged(namesIn, 'actions')),
  ...secretsAt(ids('actions', 'org'), ({ state }) => state.shelf.secrets, wroteInOrganisation, visibilityOf),
  ...secretsAt(
    ids('dependabot', 'repo'),
    (world, call) => repoOf(world, call).dependabot,
    logged(() => undefined, 'dependabot'),
  ),
  ...secretsAt(
    ids('codespaces', 'repo'),
    (world, call) => repoOf(world, call).codespaces,
    logged(() => undefined, 'codespaces'),
  ),
  ...variablesAt(variableIds('repo'), (world, call) => repoOf(world, call).variables),
  ...variablesAt(variableIds('environment'), (...at) => shelfIn(...at)?.variables),
  ...variablesAt(variableIds('org'), ({ state }) => state.shelf.variables),
}
