import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { z } from 'zod'

import { isObject, parseJson, type Json } from '#kit'
import { isOcsf, ocsfClasses } from '#model'
import { validateOcsf } from '#model/ocsf'
import { awsConnector } from '#connectors/aws'

/** Events that others recorded or made up, and what each itself says of who, whence and with what. */
const root = new URL('../../../../shared/corpora/', import.meta.url)
const read = (file: string): Json[] =>
  readFileSync(new URL(file, root), 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [parseJson(line)]))
const trailOf = (row: Json): Json[] =>
  isObject(row) && Array.isArray(row['lt']) && row['lt'].includes('AWS.CloudTrail') && isObject(row['log'])
    ? [z.json().parse(row['log'])]
    : []
const corpora: [string, string, (rows: Json[]) => Json[]][] = [
  ['stratus', 'cloudtrail/stratus-red-team.ndjson', (rows) => rows],
  ['panther', 'panther-analysis/events.ndjson', (rows) => rows.flatMap(trailOf)],
]
const textIn = (value: unknown, ...path: string[]): string | undefined => {
  let here = value
  for (const name of path) here = isObject(here) ? here[name] : undefined
  return typeof here === 'string' && here !== '' ? here : undefined
}

for (const [name, file, pick] of corpora) {
  const isThere = existsSync(new URL(file, root))
  test(
    `${name}: actor, address and agent are those of the record, and nearly all events have a class of their own`,
    {
      skip: isThere ? false : 'the corpora are not beside the checkout',
    },
    () => {
      const seen = { events: 0, specific: 0, unread: 0 }
      for (const raw of pick(read(file))) {
        // Some rows of a rule's tests are too short to be a record: CloudTrail names what every one has.
        if (['eventID', 'eventName', 'eventSource', 'eventTime'].some((field) => textIn(raw, field) === undefined)) {
          seen.unread++
          continue
        }
        const account = textIn(raw, 'recipientAccountId') ?? '111122223333'
        const made = awsConnector.normalize({
          stream: 'lookup',
          raw,
          eventAtMs: null,
          arrivedAtMs: 0,
          source: 'aws',
          authority: account,
        })
        const [event] = made.ocsf
        assert.ok(event, 'one event of each')
        seen.events++
        // An API call whose kind cannot be told from its name counts as not told.
        if (event.class_uid !== ocsfClasses.base_event.class_uid && event.activity_id !== 99) seen.specific++
        else if (isOcsf(event, 'account_change')) seen.specific++
        assert.deepEqual(validateOcsf(event), [], JSON.stringify(raw))
        const { actor, src_endpoint: from, http_request: request }: Record<string, unknown> = { ...event }
        const who = textIn(raw, 'userIdentity', 'principalId') ?? textIn(raw, 'userIdentity', 'arn')
        if (who !== undefined) assert.equal(textIn(actor, 'user', 'uid'), who)
        const address = textIn(raw, 'sourceIPAddress')
        if (address !== undefined) assert.equal(textIn(from, 'ip') ?? textIn(from, 'hostname'), address)
        assert.equal(textIn(request, 'user_agent'), textIn(raw, 'userAgent'))
        // Of what was refused or only looked at nothing is stated, and still it is somebody's.
        const key = textIn(raw, 'userIdentity', 'accessKeyId') ?? ''
        if (/^(AKIA|ASIA)[A-Z0-9]+$/.test(key))
          assert.ok(
            made.actors?.some((id) => id.endsWith(key)),
            key,
          )
      }
      assert.ok(seen.events > 200, `${JSON.stringify(seen)}: the test must see events`)
      assert.ok(seen.specific / seen.events >= 0.95, JSON.stringify(seen))
    },
  )
}
