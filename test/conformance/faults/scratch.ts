import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

import { isObject, type Json } from '#kit'

import { conditions, faultKinds, type FaultKind } from './schedule.ts'
import type { VendorTwin } from './twin.ts'

/** One folder for what a twin keeps in files, gone after the tests. `as`: the state of a folder that was just made. */
export function foldersOf<State>(as: (path: string) => State) {
  const root = mkdtempSync(join(tmpdir(), 'faults-'))
  after(() => rmSync(root, { recursive: true, force: true }))
  const known = new WeakMap<VendorTwin, State>()
  let made = 0
  return {
    root,
    of(twin: VendorTwin): State {
      const path = join(root, String(made))
      const state = known.get(twin) ?? as(path)
      if (known.has(twin)) return state
      mkdirSync(path)
      made++
      known.set(twin, state)
      return state
    },
  }
}

/** All faults but those named: of what is no HTTP, the others cannot happen. */
export const allBut = (kept: readonly FaultKind[], why: string): Partial<Record<FaultKind, string>> =>
  Object.fromEntries([...faultKinds, ...conditions].filter((kind) => !kept.includes(kind)).map((kind) => [kind, why]))

/** Ids of what lies in a part of a row: texts, or objects with an `id`. */
export const idsIn = (value: Json | undefined, field = 'id'): string[] =>
  Array.isArray(value) ? value.map((one) => (isObject(one) ? textOf(one[field]) : textOf(one))) : []

/** A field of a record that `record` of the plug made a text. */
export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
