import { isLetThrough, isOk, type Answer } from './http.ts'
import { signedAsk, type Held } from './sigv4.ts'
import { namesIn, type Found, type Prober, type Target } from './types.ts'

const json = 'application/x-amz-json-1.1'
const tagged = (text: string, tag: string): string => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1] ?? ''

/** A key with its id; then, with what it is let become, the same again. */
export const aws: Prober = async (target, { value, with: { id } }) => {
  const found: Found = { opens: [], makes: [] }
  if (id === undefined) return found
  const open: Held[] = [{ id, secret: value }]
  const been = new Set<string>()
  for (let held = open.pop(); held !== undefined; held = open.pop()) {
    if (!isOk(await query(target, held, 'sts', { Action: 'GetCallerIdentity', Version: '2011-06-15' }))) continue
    await tryAll(target, held, found)
    for (const arn of namesIn(target, 'roles')) {
      if (been.has(arn)) continue
      const fields = { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: arn, RoleSessionName: 'x' }
      const { text, ...answer } = await query(target, held, 'sts', fields)
      if (!isOk({ text, ...answer })) continue
      been.add(arn)
      found.opens.push({ system: 'aws', what: `role/${arn}`, right: 'read' })
      found.makes.push('aws session')
      open.push({
        id: tagged(text, 'AccessKeyId'),
        secret: tagged(text, 'SecretAccessKey'),
        token: tagged(text, 'SessionToken'),
      })
    }
  }
  return { opens: unique(found.opens), makes: [...new Set(found.makes)] }
}

const unique = (opens: Found['opens']): Found['opens'] => [
  ...new Map(opens.map((one) => [`${one.what} ${one.right}`, one])).values(),
]

const query = ({ url, names }: Target, held: Held, service: string, fields: Record<string, string>): Promise<Answer> =>
  signedAsk(
    held,
    {
      method: 'POST',
      url: `${url}/`,
      service,
      body: new URLSearchParams(fields).toString(),
      type: 'application/x-www-form-urlencoded',
    },
    clockOf(names),
  )

async function tryAll(target: Target, held: Held, found: Found): Promise<void> {
  const { url, names } = target
  const nowMs = clockOf(names)
  for (const bucket of namesIn(target, 'buckets')) {
    const listed = await signedAsk(held, { method: 'GET', url: `${url}/${bucket}`, service: 's3' }, nowMs)
    // Who may not list may still read what they know the name of.
    const [known = ''] = namesIn(target, 'objects')
    const key = isOk(listed) ? tagged(listed.text, 'Key') : known
    if (key === '') continue
    const read = await signedAsk(held, { method: 'GET', url: `${url}/${bucket}/${key}`, service: 's3' }, nowMs)
    if (isOk(read)) found.opens.push({ system: 'aws', what: `bucket/${bucket}`, right: 'read' })
  }
  for (const secret of namesIn(target, 'secrets')) {
    const call = {
      method: 'POST',
      url: `${url}/`,
      service: 'secretsmanager',
      body: JSON.stringify({ SecretId: secret }),
      type: json,
      target: 'secretsmanager.GetSecretValue',
    } as const
    if (isOk(await signedAsk(held, call, nowMs)))
      found.opens.push({ system: 'aws', what: `secret/${secret}`, right: 'read' })
  }
  // Asked for a user who is not there: AWS says first whether one may.
  const nobody = { Action: 'CreateAccessKey', Version: '2010-05-08', UserName: 'nobody-of-that-name' }
  if (isLetThrough(await query(target, held, 'iam', nobody))) {
    found.opens.push({ system: 'aws', what: 'account', right: 'admin' })
    found.makes.push('aws access-key')
  }
}

/** Signatures carry a time; a lab may live in another one than this machine. */
const clockOf = (names: Target['names']): number => Number(names['nowMs']?.[0] ?? Date.now())
