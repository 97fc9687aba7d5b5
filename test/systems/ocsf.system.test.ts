import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { isObject, parseJson, seededRandom } from '#kit'
import { ocsfVersion } from '#model'
import { validateOcsf } from '#model/ocsf'

import { readTables } from '../../src/model/ocsf/tables.ts'
import { madeEvent } from './ocsf-oracle/made-event.ts'

const python = join(process.env['CORDON_ORACLES'] ?? join(process.cwd(), '.cordon', 'oracles'), 'ocsf', 'bin', 'python')
const skip = existsSync(python) ? false : 'no oracle: run test/systems/install-ocsf-oracle.sh (needs Python 3.10)'
const events = 6_000

function ask(...args: string[]) {
  return (input: string): string => {
    const { status, stdout, stderr } = spawnSync(
      python,
      [join(import.meta.dirname, 'ocsf-oracle/oracle.py'), ...args],
      {
        input,
        encoding: 'utf8',
        maxBuffer: 256 * 1024 * 1024,
      },
    )
    assert.equal(status, 0, stderr)
    return stdout
  }
}

const record = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})
/** `win/reg_key` → `reg_key`: events carry no such prefix. */
const bare = (name: unknown): string => String(name).split('/').at(-1) ?? ''

test('classes and objects are those of the schema’s own compiler', { skip }, () => {
  const theirs = record(parseJson(ask()('')))
  const tables = readTables()
  assert.equal(theirs['version'], ocsfVersion)
  const attributesOf = (attributes: readonly number[]): Record<string, unknown> =>
    Object.fromEntries(
      attributes.flatMap((place) => {
        const [name, type, flags, values, sibling, profiles] = tables.attributes[place] ?? assert.fail('an attribute')
        const row = {
          type: typeof type === 'string' ? type : tables.types[type]?.name,
          flags,
          values: (tables.enums[values] ?? []).map(String).sort(),
          sibling,
          profiles: profiles.map((at) => String(tables.profiles[at])).sort(),
        }
        return [[name, row] as const]
      }),
    )
  const theirAttributes = (node: unknown): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(record(record(node)['attributes'])).map(([name, value]) => {
        const attribute = record(value)
        const isComputed = ['class_uid', 'category_uid', 'type_uid'].includes(name)
        const row = {
          type: attribute['type'] === 'object_t' ? bare(attribute['object_type']) : attribute['type'],
          flags:
            (attribute['requirement'] === 'required' ? 1 : 0) |
            (attribute['is_array'] === true ? 2 : 0) |
            ('@deprecated' in attribute ? 4 : 0),
          values: isComputed ? [] : Object.keys(record(attribute['enum'])).sort(),
          sibling: attribute['sibling'] ?? '',
          profiles: Array.isArray(attribute['profiles']) ? attribute['profiles'].map(String).sort() : [],
        }
        return [name, row]
      }),
    )
  const constraintsOf = (node: unknown) => {
    const { at_least_one: atLeastOne = [], just_one: justOne = [] } = record(record(node)['constraints'])
    return { atLeastOne, justOne }
  }
  const objects = Object.entries(record(theirs['objects']))
  const classes = Object.values(record(theirs['classes'])).map(record)
  assert.deepEqual(objects.map(([name]) => bare(name)).sort(), Object.keys(tables.objects).sort())
  assert.deepEqual(classes.map((one) => String(one['uid'])).sort(), Object.keys(tables.classes).sort())
  for (const [name, node] of objects) {
    const { attributes, atLeastOne = [], justOne = [] } = tables.objects[bare(name)] ?? assert.fail(name)
    assert.deepEqual(attributesOf(attributes), theirAttributes(node), name)
    assert.deepEqual({ atLeastOne, justOne }, constraintsOf(node), name)
  }
  for (const node of classes) {
    const table = tables.classes[String(node['uid'])] ?? assert.fail('a class')
    const { attributes, atLeastOne = [], justOne = [] } = table
    assert.equal(table.name, bare(node['name']))
    assert.deepEqual(attributesOf(attributes), theirAttributes(node), table.name)
    assert.deepEqual({ atLeastOne, justOne }, constraintsOf(node), table.name)
  }
})

/** Rules of ours that JSON Schema does not state. */
const ownCodes = new Set(['sibling', 'deprecated', 'version', 'depth'])

/**
 * Both verdicts in one form. Where a type is wrong nothing else of the value counts; nor does anything in an attribute whose
 * profile the event lacks, which we look into and JSON Schema does not. type_uid we compute.
 */
function comparable(faults: readonly string[]): string[] {
  const all = new Set(faults)
  const unknown = faults.filter((fault) => fault.startsWith('unknown ')).map((fault) => fault.slice('unknown '.length))
  const isCovered = (fault: string): boolean => {
    const [code = '', path = ''] = fault.split(' ')
    if (code !== 'type' && code !== 'unknown' && all.has(`type ${path}`)) return true
    return unknown.some(
      (at) => (path === at && code !== 'unknown') || path.startsWith(`${at}.`) || path.startsWith(`${at}[`),
    )
  }
  return [...all].filter((fault) => !fault.endsWith(' type_uid') && !isCovered(fault)).sort()
}

test(`verdicts on ${events} made events are those of JSON Schema`, { skip }, () => {
  const random = seededRandom(18)
  const made = Array.from({ length: events }, () => madeEvent(random))
  const answers = ask('check')(made.map((event) => `${JSON.stringify(event)}\n`).join(''))
    .trimEnd()
    .split('\n')
  assert.equal(answers.length, made.length)
  let faulty = 0
  for (const [at, event] of made.entries()) {
    const theirs: unknown = parseJson(answers[at] ?? '')
    const expected = comparable(Array.isArray(theirs) ? theirs.map(String) : [])
    const found = validateOcsf(event)
      .filter(({ code }) => !ownCodes.has(code))
      .map(({ code, path }) => `${code === 'profile' ? 'unknown' : code === 'uid' ? 'value' : code} ${path}`)
    if (expected.length > 0) faulty++
    assert.deepEqual(comparable(found), expected, JSON.stringify(event))
  }
  assert.ok(faulty > events / 4 && faulty < (events * 3) / 4, `${faulty} of ${events} events have a fault`)
})
