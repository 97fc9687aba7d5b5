import { z } from 'zod'

import { parseJson, type Json } from '#kit'
import type { Held, Holder } from '#respond/contract'
import { readAnswer, refuseUnlessOk } from '#sources/contract'

import { call, presentOf, withNarrowed, type Access, type Narrowed } from '../api.ts'
import { GithubError, type GithubConfig } from '../config.ts'
import { nameRepoActions } from '../names.ts'
import { sealFor } from '../seal.ts'

const scopes = ['secrets: write', 'actions_variables: write']
const permissionsTo = (level: 'read' | 'write') => ({ secrets: level, actions_variables: level })

/** GitHub tells of a secret when it was written and never what: a variable beside it says by which action. */
const marker = 'CORDON_SUCCESSOR'
const mark = z.object({ token: z.string(), writtenAt: z.record(z.string(), z.string()) })
type Mark = z.infer<typeof mark>

const secretRow = z.object({ updated_at: z.string() })
const variableRow = z.object({ value: z.string() })
const publicKey = z.object({ key_id: z.string(), key: z.base64() })

/**
 * Actions secrets of a repository that are there already; Cordon makes none. The place is all that workflows of the repository
 * can read, as the estate knows it: what is exposed and could push there is given no successor to read.
 */
export const secretHolder: Holder<GithubConfig> = {
  scopes,
  keepsBefore: false,
  places: ({ places }, authority) =>
    places.map(({ repository, values, rereadSeconds }) => ({
      place: nameRepoActions(authority, repository),
      takes: Object.values(values),
      rereadSeconds,
      says: [
        'GitHub takes one secret at a time: a job that starts between two writes reads a pair that does not fit, and fails',
        `the repository gets a variable \`${marker}\`, which holds no value of a secret`,
      ],
    })),
  async open({ config, http, signal, authority }, place, token) {
    const known = config.places.find(({ repository }) => nameRepoActions(authority, repository) === place)
    if (known === undefined) throw new GithubError('ERR_GITHUB_TARGET', `\`${place}\` is none of \`places\``)
    const access: Access = { config, http, signal }
    const names = Object.keys(known.values)
    const within = <T>(level: 'read' | 'write', work: (at: At) => Promise<T>): Promise<T> =>
      withNarrowed(access, { permissions: permissionsTo(level), repository: known.repository }, (narrowed) =>
        work({ access, narrowed }),
      )
    return {
      look: () => within('read', async (at) => heldIn(await readTimes(at, names), await readMark(at), token)),
      write: ({ values }) =>
        within('write', async (at) => {
          // All that can be refused is asked first: behind the first write there is no way back.
          await readTimes(at, names)
          const before = await readMark(at)
          const key = readAnswer(publicKey, await ask(at, 'GET', 'secrets/public-key'), 'the public key')
          const bodies = Object.entries(known.values).map(([name, value]): [string, Json] => {
            const sealed = sealFor(Buffer.from(key.key, 'base64'), values[value] ?? '')
            return [name, { key_id: key.key_id, encrypted_value: Buffer.from(sealed).toString('base64') }]
          })
          let written = 0
          try {
            for (const [name, body] of bodies) {
              refuseUnlessOk(await ask(at, 'PUT', `secrets/${name}`, body), `the secret \`${name}\``)
              written++
            }
            await writeMark(at, { token, writtenAt: await readTimes(at, names) }, before !== 'absent')
          } catch (error) {
            throw written === 0 ? error : halfWritten(written, bodies.length, error)
          }
        }),
    }
  },
}

type At = { access: Access; narrowed: Narrowed }

const ask = ({ access, narrowed }: At, method: 'GET' | 'PUT' | 'POST' | 'PATCH', path: string, body?: Json) =>
  call(access, method, `/repos/${narrowed.repository}/actions/${path}`, {
    token: narrowed.token,
    ...(body === undefined ? {} : { body }),
  })

async function readTimes(at: At, names: readonly string[]): Promise<Mark['writtenAt']> {
  const times: Mark['writtenAt'] = {}
  for (const name of names) {
    const row = presentOf(secretRow, await ask(at, 'GET', `secrets/${name}`), `the secret \`${name}\``)
    if (row === undefined) {
      throw new GithubError('ERR_GITHUB_TARGET', `the repository has no secret \`${name}\``, {
        hint: 'make the secret that its workflows read',
      })
    }
    times[name] = row.updated_at
  }
  return times
}

/** `foreign`: the variable is there and says something else. */
async function readMark(at: At): Promise<Mark | 'absent' | 'foreign'> {
  const row = presentOf(variableRow, await ask(at, 'GET', `variables/${marker}`), `the variable \`${marker}\``)
  if (row === undefined) return 'absent'
  try {
    return mark.safeParse(parseJson(row.value)).data ?? 'foreign'
  } catch {
    return 'foreign'
  }
}

/** Behind the secrets, so that it never tells of what was not written. */
async function writeMark(at: At, said: Mark, isThere: boolean): Promise<void> {
  const body = { name: marker, value: JSON.stringify(said) }
  const response = isThere
    ? await ask(at, 'PATCH', `variables/${marker}`, body)
    : await ask(at, 'POST', 'variables', body)
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
