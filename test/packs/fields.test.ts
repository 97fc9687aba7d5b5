import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Node, SigmaRule } from '#detect/sigma'

import { createRegistry } from '../../src/app/registry.ts'
import { carriersOf } from '../../src/app/sigma-streams.ts'
import { loadPacks } from './load.ts'

/** Vendors that rules are for and no connector yet: their records come by intake, and no stream says what they carry. */
const notConnected = new Set(['salesforce'])

/** Every field of a detection with the path to it; inside an array block, under the array. */
function fieldsIn(node: Node, under = ''): string[] {
  if (node.kind === 'keyword') return []
  if (node.kind === 'and' || node.kind === 'or') return node.of.flatMap((part) => fieldsIn(part, under))
  if (node.kind === 'not' || node.kind === 'selection') return fieldsIn(node.of, under)
  const path = node.field.segments.length === 0 ? under.slice(0, -1) : `${under}${node.field.name}`
  if (node.kind === 'each') return fieldsIn(node.of, `${path}.`)
  return [path, ...(node.test.kind === 'fieldref' ? [`${under}${node.test.other.name}`] : [])]
}

const withoutSelectors = (path: string): string => path.replace(/\[-?\w+\]/g, '')

/** Carried is a path that is declared, that lies below a declared `a.*`, or that has something declared below it. */
function carries(declared: readonly string[], path: string): boolean {
  return declared.some((field) => {
    const isOpen = field.endsWith('.*')
    const name = isOpen ? field.slice(0, -2) : field
    return name === path || (isOpen && path.startsWith(`${name}.`)) || name.startsWith(`${path}.`)
  })
}

function carried(): Map<string, string[]> {
  const out = new Map<string, string[]>()
  const carriers = createRegistry(undefined)
    .all()
    .flatMap(({ connector }) => carriersOf(connector))
  for (const { logsource, fields } of carriers) {
    const key = `${logsource.product}/${logsource.service}`
    out.set(key, [...(out.get(key) ?? []), ...fields])
  }
  return out
}

function missing(rules: readonly SigmaRule[], declared: ReadonlyMap<string, string[]>): string[] {
  return rules.flatMap(({ name, logsource: { product, service }, detection }) => {
    if (notConnected.has(product ?? '')) return []
    const fields = declared.get(`${product}/${service}`)
    if (fields === undefined) return [`${name}: no stream is ${product}/${service}`]
    const paths = [...new Set(fieldsIn(detection).map(withoutSelectors))]
    return paths.filter((path) => !carries(fields, path)).map((path) => `${name}: no ${path}`)
  })
}

test('every field that a rule reads is one that its log carries', () => {
  const { rules } = loadPacks()
  const declared = carried()
  assert.ok(declared.size > 15, `${declared.size} logs`)
  assert.deepEqual(missing(rules, declared), [])
})

test('the gate can fail: a field of another log is named', () => {
  const rules = loadPacks().rules.filter(({ logsource: { service } }) => service === 'cloudtrail')
  const declared = new Map([['aws/cloudtrail', ['eventName', 'requestParameters.*']]])
  assert.ok(missing(rules, declared).includes('ci_scanner_to_cloud_key_tried_by_secret_scanner: no userAgent'))
  assert.ok(missing(rules, new Map())[0]?.endsWith('no stream is aws/cloudtrail'))
})
