import { isJsonObject, type JsonObject } from '#kit'
import { nativeOf } from '#model'
import type { Holder } from '#respond/contract'

import { actAs } from '../auth.ts'
import { json, type Access } from '../client.ts'
import { AwsError, regionOfArn, type AwsConfig } from '../config.ts'
import { nameResource } from '../names.ts'
import { allowing, refused } from './context.ts'

const scopes = [
  'secretsmanager:DescribeSecret',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
] as const

type SecretPlace = { secret: string; rereadSeconds: number; values: Readonly<Record<string, string>> }

function placesIn({ successors, places }: AwsConfig): SecretPlace[] {
  const own = successors.flatMap(({ secret, rereadSeconds, idField, secretField }) =>
    secret === undefined || rereadSeconds === undefined
      ? []
      : [{ secret, rereadSeconds, values: { [idField]: 'id', [secretField]: 'secret' } }],
  )
  return [...own, ...places]
}

/** Secrets Manager: a version's token is the caller's, and the version before stays until the next one. */
export const secretHolder: Holder<AwsConfig> = {
  scopes,
  keepsBefore: true,
  places: (config, account) =>
    placesIn(config).map(({ secret, rereadSeconds, values }) => ({
      place: nameResource(account, secret),
      takes: Object.values(values),
      rereadSeconds,
      says: [],
    })),
  async open(context, place, token) {
    const { config } = context
    const known = placesIn(config).find(({ secret }) => secret === nativeOf(place))
    if (known === undefined) throw refused(place, 'is no secret of `successors` or `places`')
    if (config.containRoleArn === undefined) {
      throw new AwsError('ERR_AWS_NEEDS', 'this source has no role that acts', { hint: 'set `containRoleArn`' })
    }
    const access = await actAs(context, config.containRoleArn, [allowing(scopes, known.secret)])
    const call = caller(access, known.secret)
    return {
      async look() {
        const { current, previous, all, changedMs } = await versionsOf(call)
        const state = current === token ? 'current' : all.includes(token) ? 'replaced' : 'absent'
        return {
          state,
          ...(current === undefined ? {} : { version: current }),
          ...(previous === undefined ? {} : { before: previous }),
          ...(changedMs === undefined ? {} : { changedMs }),
        }
      },
      async write({ values }) {
        const pairs = Object.entries(known.values).map(([name, value]) => [name, values[value] ?? ''])
        await call('PutSecretValue', {
          ClientRequestToken: token,
          SecretString: JSON.stringify(Object.fromEntries(pairs)),
        })
      },
      async putBack(version) {
        await call('UpdateSecretVersionStage', {
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: version,
          RemoveFromVersionId: token,
        })
      },
    }
  },
}

type Call = (operation: string, body: JsonObject) => Promise<JsonObject | undefined>

const caller =
  (access: Access, secret: string): Call =>
  (operation, body) =>
    json(access, 'secretsmanager', operation, { SecretId: secret, ...body }, { region: regionOfArn(secret) })

type Versions = {
  current: string | undefined
  previous: string | undefined
  all: string[]
  changedMs: number | undefined
}

async function versionsOf(call: Call): Promise<Versions> {
  const secret = await call('DescribeSecret', {})
  const stages = secret?.['VersionIdsToStages']
  const versions = isJsonObject(stages) ? Object.entries(stages) : []
  const at = (stage: string): string | undefined =>
    versions.find(([, names]) => Array.isArray(names) && names.includes(stage))?.[0]
  const changed = secret?.['LastChangedDate']
  return {
    current: at('AWSCURRENT'),
    previous: at('AWSPREVIOUS'),
    all: versions.map(([id]) => id),
    changedMs: typeof changed === 'number' ? changed * 1000 : undefined,
  }
}
