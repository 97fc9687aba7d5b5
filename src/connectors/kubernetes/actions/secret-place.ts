import { z } from 'zod'

import type { Json } from '#kit'
import type { EntityId } from '#model'
import type { Held, Holder } from '#respond/contract'
import { readAnswer } from '#sources/contract'

import { scopesTo } from '../auth.ts'
import { call, type Access } from '../client.ts'
import type { KubernetesConfig, SecretPlace } from '../config.ts'
import { nameSecret } from '../names.ts'
import { guard, metadataOnly, objectPath, refused, settle } from './context.ts'

/** Says which action's successor the secret holds. */
const mark = 'cordon.dev/successor'
/** Kubernetes keeps, per field, who manages it. */
const fieldManager = 'cordon'

/**
 * A secret that is there already; Cordon makes none. Its keys are applied by the server: what else stands in it stays, and
 * keys that somebody else manages are a conflict unless `takesOver` says otherwise.
 */
export const secretHolder: Holder<KubernetesConfig> = {
  scopes: scopesTo('places'),
  keepsBefore: false,
  places: ({ places }, authority) =>
    places.map((place) => ({
      place: nameOf(authority, place),
      takes: Object.values(place.values),
      rereadSeconds: place.rereadSeconds,
      says: place.takesOver
        ? ['its keys are taken over from whoever manages them: a pipeline that applies them writes the old value back']
        : [],
    })),
  async open(context, place, token) {
    const known = context.config.places.find((one) => nameOf(context.authority, one) === place)
    if (known === undefined) throw refused(place, 'is no secret of `places`')
    const access = await guard(context, place)
    const path = objectPath('core', 'secrets', ...pairOf(known))
    const found = async () => {
      const metadata = await readMetadata(access, path)
      if (metadata === undefined) throw refused(place, 'is not there: make the secret that its consumers read')
      return metadata
    }
    return {
      look: async () => heldIn(await found(), token, Object.keys(known.values)),
      async write({ values }) {
        const { uid, resourceVersion } = await found()
        const [namespace, name] = pairOf(known)
        const data = Object.entries(known.values).map(([key, value]) => [
          key,
          Buffer.from(values[value] ?? '').toString('base64'),
        ])
        // With these two only this very secret, as it was looked at, is written.
        const metadata = { namespace, name, uid, resourceVersion, annotations: { [mark]: token } }
        const body: Json = { apiVersion: 'v1', kind: 'Secret', metadata, data: Object.fromEntries(data) }
        const response = await call(access, path, {
          method: 'PATCH',
          query: { fieldManager, force: String(known.takesOver) },
          body,
          isApply: true,
          // The answer would hold the secret again.
          accept: metadataOnly,
        })
        const hint = 'it changed meanwhile, or somebody else manages its keys: change it there, or set `takesOver`'
        if (settle(response, 'the secret', hint) === 'gone') throw refused(place, 'is gone')
      },
    }
  },
}

const pairOf = ({ secret }: SecretPlace): [string, string] => {
  const [namespace = '', name = ''] = secret.split('/')
  return [namespace, name]
}
const nameOf = (authority: string, place: SecretPlace): EntityId => nameSecret(authority, ...pairOf(place))

const fields = z.record(z.string(), z.json())
const object = z.object({
  metadata: z.object({
    uid: z.string(),
    resourceVersion: z.string(),
    annotations: z.record(z.string(), z.string()).nullish(),
    managedFields: z
      .array(
        z.object({
          manager: z.string().nullish(),
          operation: z.string().nullish(),
          time: z.string().nullish(),
          fieldsV1: fields.nullish(),
        }),
      )
      .nullish(),
  }),
})
type Metadata = z.infer<typeof object>['metadata']

async function readMetadata(access: Access, path: string): Promise<Metadata | undefined> {
  const response = await call(access, path, { accept: metadataOnly })
  return response.status === 404 ? undefined : readAnswer(object, response, 'the secret').metadata
}

/** Whoever writes a key after Cordon takes it over, whatever the annotation still says. */
function heldIn({ annotations, managedFields }: Metadata, token: string, keys: readonly string[]): Held {
  if (annotations?.[mark] !== token) return { state: 'absent' }
  const own = managedFields?.find(({ manager, operation }) => manager === fieldManager && operation === 'Apply')
  const managed = fields.safeParse(own?.fieldsV1?.['f:data']).data ?? {}
  if (!keys.every((key) => Object.hasOwn(managed, `f:${key}`))) return { state: 'replaced' }
  const changedMs = Date.parse(own?.time ?? '')
  return { state: 'current', ...(Number.isNaN(changedMs) ? {} : { changedMs }) }
}
