import { z } from 'zod'

import { parseJson, type Json, type JsonObject } from '#kit'
import type { Held, Holder } from '#respond/contract'
import { readAnswer, refuseUnlessOk } from '#sources/contract'

import { call, presentOf, withNarrowed, type Access, type Narrowed } from '../api.ts'
import { GithubError, type GithubConfig, type SecretSet } from '../config.ts'
import { listAll } from '../lists.ts'
import { sealFor } from '../seal.ts'
import { addressOf, permissionsTo, placeOf } from '../secret-set.ts'

/** GitHub tells of a secret when it was written and never what: a variable beside it says by which action. */
const mark = z.object({ token: z.string(), writtenAt: z.record(z.string(), z.string()) })
type Mark = z.infer<typeof mark>

const visibilities = z.enum(['all', 'private', 'selected'])
/** `visibility`: of an organisation's. */
const secretRow = z.object({ updated_at: z.string(), visibility: visibilities.optional() })
const variableRow = z.object({ value: z.string() })
const publicKey = z.object({ key_id: z.string(), key: z.base64() })

const scopesOf = (set: SecretSet): string[] => addressOf(set).needs.map((name) => `${name}: write`)

/**
 * Secrets of a repository, of one of its environments or of the organisation that are there already; Cordon makes none. The
 * place is all that workflows can read there, as the estate knows it: what is exposed and could push is given no successor to read.
 */
export const secretHolder: Holder<GithubConfig> = {
  scopes: ['secrets: write', 'actions_variables: write'],
  keepsBefore: false,
  places: ({ places }, authority) =>
    places.map((set) => ({
      place: placeOf(authority, set),
      takes: Object.values(set.values),
      rereadSeconds: set.rereadSeconds,
      scopes: scopesOf(set),
      says: [
        'GitHub takes one secret at a time: a job that starts between two writes reads a pair that does not fit, and fails',
        `a variable \`${addressOf(set).marker}\` is put beside them, which holds no value of a secret`,
        ...(set.organization === undefined
          ? []
          : ['whom the secrets are visible to is written as it is read: a change of that in the same second is lost']),
      ],
    })),
  async open({ config, http, signal, authority }, place, token) {
    const known = config.places.find((set) => placeOf(authority, set) === place)
    if (known === undefined) throw new GithubError('ERR_GITHUB_TARGET', `\`${place}\` is none of \`places\``)
    const access: Access = { config, http, signal }
    const names = Object.keys(known.values)
    const { repository } = known
    const within = <T>(level: 'read' | 'write', work: (at: At) => Promise<T>): Promise<T> => {
      const narrowing = {
        permissions: permissionsTo(known, level),
        ...(repository === undefined ? {} : { repository }),
      }
      return withNarrowed(access, narrowing, (narrowed) => work({ access, narrowed, set: known }))
    }
    return {
      look: () =>
        within('read', async (at) => heldIn(timesOf(await readSecrets(at, names)), await readMark(at), token)),
      write: ({ values }) =>
        within('write', async (at) => {
          // All that can be refused is asked first: behind the first write there is no way back.
          const found = await readSecrets(at, names)
          const before = await readMark(at)
          const { secrets } = addressOf(known)
          const key = readAnswer(publicKey, await ask(at, 'GET', `${secrets}/public-key`), 'the public key')
          const bodies: [string, JsonObject][] = []
          for (const [name, value] of Object.entries(known.values)) {
            const sealed = sealFor(Buffer.from(key.key, 'base64'), values[value] ?? '')
            const body = { key_id: key.key_id, encrypted_value: Buffer.from(sealed).toString('base64') }
            bodies.push([name, { ...body, ...(await readersOf(at, name, found[name])) }])
          }
          let written = 0
          try {
            for (const [name, body] of bodies) {
              refuseUnlessOk(await ask(at, 'PUT', `${secrets}/${name}`, body), `the secret \`${name}\``)
              written++
            }
            await writeMark(at, { token, writtenAt: timesOf(await readSecrets(at, names)) }, before !== 'absent')
          } catch (error) {
            throw written === 0 ? error : halfWritten(written, bodies.length, error)
          }
        }),
    }
  },
}

type At = { access: Access; narrowed: Narrowed; set: SecretSet }

const baseOf = ({ access, narrowed, set }: At): string =>
  set.organization === undefined ? `/repos/${narrowed.repository}` : `/orgs/${access.config.org}`

const ask = (at: At, method: 'GET' | 'PUT' | 'POST' | 'PATCH', path: string, body?: Json) =>
  call(at.access, method, `${baseOf(at)}${path}`, {
    token: at.narrowed.token,
    ...(body === undefined ? {} : { body }),
  })

type Found = Readonly<Record<string, z.infer<typeof secretRow>>>
const timesOf = (found: Found): Mark['writtenAt'] =>
  Object.fromEntries(Object.entries(found).map(([name, { updated_at: time }]) => [name, time]))

async function readSecrets(at: At, names: readonly string[]): Promise<Found> {
  const found: Record<string, z.infer<typeof secretRow>> = {}
  const { secrets } = addressOf(at.set)
  for (const name of names) {
    const row = presentOf(secretRow, await ask(at, 'GET', `${secrets}/${name}`), `the secret \`${name}\``)
    if (row === undefined) {
      throw new GithubError('ERR_GITHUB_TARGET', `there is no secret \`${name}\` at this place`, {
        hint: 'make the secret that its workflows read',
      })
    }
    found[name] = row
  }
  return found
}

/** A write of an organisation's secret says anew whom it is visible to: as it is. */
async function readersOf(at: At, name: string, row: Found[string] | undefined): Promise<JsonObject> {
  if (at.set.organization === undefined) return {}
  const visibility = row?.visibility
  if (visibility === undefined) {
    throw new GithubError('ERR_GITHUB_TARGET', `GitHub does not say whom the secret \`${name}\` is visible to`)
  }
  if (visibility !== 'selected') return { visibility }
  const path = `${baseOf(at)}${addressOf(at.set).secrets}/${name}/repositories`
  const what = `the repositories of \`${name}\``
  const asked = { field: 'repositories', token: at.narrowed.token }
  const repositories = await listAll(at.access, path, z.object({ id: z.number() }), what, asked)
  return { visibility, selected_repository_ids: repositories.map(({ id }) => id) }
}

/** `foreign`: the variable is there and says something else. */
async function readMark(at: At): Promise<Mark | 'absent' | 'foreign'> {
  const { variables, marker } = addressOf(at.set)
  const row = presentOf(variableRow, await ask(at, 'GET', `${variables}/${marker}`), `the variable \`${marker}\``)
  if (row === undefined) return 'absent'
  try {
    return mark.safeParse(parseJson(row.value)).data ?? 'foreign'
  } catch {
    return 'foreign'
  }
}

/** Behind the secrets, so that it never tells of what was not written. */
async function writeMark(at: At, said: Mark, isThere: boolean): Promise<void> {
  const { variables, marker } = addressOf(at.set)
  const body = { name: marker, value: JSON.stringify(said) }
  // No workflow needs an organisation's.
  const hidden = at.set.organization === undefined ? {} : { visibility: 'selected', selected_repository_ids: [] }
  const response = isThere
    ? await ask(at, 'PATCH', `${variables}/${marker}`, body)
    : await ask(at, 'POST', variables, { ...body, ...hidden })
  refuseUnlessOk(response, `the variable \`${marker}\``)
}

function heldIn(times: Mark['writtenAt'], said: Awaited<ReturnType<typeof readMark>>, token: string): Held {
  if (said === 'absent' || said === 'foreign' || said.token !== token) return { state: 'absent' }
  const isSame = Object.entries(times).every(([name, time]) => said.writtenAt[name] === time)
  if (!isSame) return { state: 'replaced' }
  return { state: 'current', changedMs: Math.max(...Object.values(times).map((time) => Date.parse(time))) }
}

/** Worth another try, whatever GitHub said: what was issued may stand there by half, and is not to be withdrawn under it. */
const halfWritten = (written: number, all: number, cause: unknown): GithubError =>
  new GithubError('ERR_GITHUB_BUSY', `${written} of ${all} secrets are written, and not all that belongs to them`, {
    hint: 'the next try writes all of them anew, with a fresh credential',
    retryable: true,
    cause,
  })
