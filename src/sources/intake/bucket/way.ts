import { bucketBase, isScopeRefusal, type PullContext } from '#sources/contract'

import type { Configured, Way } from '../way.ts'
import { shownKey, type Bucket } from './object.ts'
import { listedStream, notifiedStream } from './pull.ts'
import { openQueue, queueAt, queueBudget } from './queue.ts'
import { policyOf, role, setupOf } from './role.ts'
import { bucketBudget, bucketSecretNames, openStore, type Store } from './store.ts'

export const bucketWay: Way<'bucket'> = {
  secrets: Object.values(bucketSecretNames),
  lent: [],
  streams: (name, _, known) => [listedStream(name, known), notifiedStream(name, known)],
  origins: (intake) => [
    new URL(bucketBase(intake)).origin,
    ...(intake.queue === undefined ? [] : [queueAt(intake).origin]),
  ],
  budgets: [bucketBudget, queueBudget],
  role,
  setup: setupOf,
  blind: ({ keys, prefixes, suffix, queue }) => [
    'what the sender has not dropped yet is not known; whoever can write to the bucket can write anything here',
    queue === undefined
      ? 'an object deleted before a look, a minute apart, was never there'
      : 'an object of which no message told, and which was deleted within a quarter of an hour, was never there',
    ...(keys === 'sorted' ? ['a key that sorts before those of an hour ago is not found'] : []),
    ...(prefixes.join('') === '' ? [] : [`other keys are not read than those below ${prefixes.join(', ')}`]),
    ...(suffix === '' ? [] : [`other keys are not read than those that end with ${suffix}`]),
  ],
  async check(intake, context) {
    const store = openStore(intake, context)
    const found = intake.queue === undefined ? [] : [await tryQueue(intake, context)]
    for (const prefix of intake.prefixes) found.push(await tryPrefix(store, intake, prefix))
    const missing = found.flatMap((one) => one.missing)
    return {
      missing: [...missing, ...(missing.length === 0 ? [] : [`the least role: ${JSON.stringify(policyOf(intake))}`])],
      says: [`reads the bucket \`${intake.bucket}\``, ...found.flatMap((one) => one.says)],
    }
  },
}

async function tryPrefix(store: Store, { bucket, suffix, queue }: Bucket, prefix: string) {
  const missing: string[] = []
  const says: string[] = []
  const listed = await unlessRefused(store.list(prefix, ''))
  if (listed === undefined) {
    missing.push(`\`s3:ListBucket\` on \`${bucket}\` below \`${prefix}\``)
    return { missing, says }
  }
  const object = listed.objects.findLast(({ key, size }) => size > 0 && key.endsWith(suffix))
  if (object === undefined) {
    says.push(`nothing to read lies below \`${prefix}\` yet: whether it may be read is not known`)
    return { missing, says }
  }
  const read = await store.read(object, { bytes: 1 })
  if (read === 'denied') {
    missing.push(`\`s3:GetObject\` (or \`kms:Decrypt\` on its key) for \`${shownKey(object.key)}\``)
  }
  const version = queue === undefined ? undefined : await store.versionOf(object)
  if (version !== undefined && (await store.read({ ...object, version }, { bytes: 1 })) === 'denied') {
    missing.push(`\`s3:GetObjectVersion\` for \`${shownKey(object.key)}\`, of which there are versions`)
  }
  return { missing, says }
}

/** Undefined: the right to it is missing. */
const unlessRefused = <Value>(asked: Promise<Value>): Promise<Value | undefined> =>
  asked.catch((error: unknown) => {
    if (isScopeRefusal(error)) return undefined
    throw error
  })

/** Tries each call: a message that is there is given out once more, and stays to be had. */
async function tryQueue(intake: Bucket, context: PullContext<Configured>) {
  const queue = openQueue(intake, context)
  const missing: string[] = []
  const says = [`is told of new objects by the queue \`${intake.queue}\``]
  const need = (right: string): void => void missing.push(`\`${right}\` on \`${intake.queue}\``)
  const hasDeadLetters = await unlessRefused(queue.hasDeadLetters())
  if (hasDeadLetters === undefined) need('sqs:GetQueueAttributes')
  if (hasDeadLetters === false) says.push('the queue has no dead-letter queue: a message nobody can read is deleted')
  if ((await unlessRefused(queue.receive({ isTry: true }))) === undefined) need('sqs:ReceiveMessage')
  // A receipt of nothing: whoever may delete is told that it is none.
  if ((await unlessRefused(queue.forget(['none']).then(() => true))) === undefined) need('sqs:DeleteMessage')
  return { missing, says }
}
