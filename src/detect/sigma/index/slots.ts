import { anyText, fieldOf, pathKey } from '../fields.ts'
import { fold } from '../text.ts'
import type { FieldPath, SigmaEvent } from '../types.ts'

/** Fields that begin with one key of the event. */
type Root = { whole: number; paths: readonly number[] }

/**
 * The fields that rules ask for, filled by one walk over an event's own keys. Asking for a field that the event lacks
 * costs one comparison; a text is folded at most once.
 */
export class Slots {
  event: SigmaEvent = {}
  epoch = 0
  private readonly fields: FieldPath[] = []
  private readonly byPath = new Map<string, number>()
  private roots = new Map<string, Root>()
  private readonly values: unknown[] = []
  private readonly filled: number[] = []
  private readonly folded: string[] = []
  private readonly foldedAt: number[] = []
  private texts: string[] | undefined

  slotOf(field: FieldPath): number {
    const key = pathKey(field)
    const known = this.byPath.get(key)
    if (known !== undefined) return known
    const slot = this.fields.push(field) - 1
    this.byPath.set(key, slot)
    this.values.push(undefined)
    this.filled.push(0)
    this.folded.push('')
    this.foldedAt.push(0)
    this.addRoot(field, slot)
    return slot
  }

  private addRoot({ name, segments }: FieldPath, slot: number): void {
    const own = this.roots.get(name)
    this.roots.set(name, { whole: slot, paths: own?.paths ?? [] })
    const [head] = segments
    if (segments.length < 2 || typeof head !== 'string') return
    const root = this.roots.get(head)
    this.roots.set(head, { whole: root?.whole ?? -1, paths: [...(root?.paths ?? []), slot] })
  }

  /** Takes in an event, and calls `onField` for each field that it has. */
  fill(event: SigmaEvent, onField: (slot: number, value: unknown) => void): void {
    this.event = event
    this.epoch++
    this.texts = undefined
    for (const key in event) {
      const root = this.roots.get(key)
      if (root === undefined) continue
      const { whole, paths } = root
      if (whole >= 0) this.put(whole, event[key], onField)
      for (let i = 0; i < paths.length; i++) {
        const slot = paths[i] ?? 0
        const field = this.fields[slot]
        if (field === undefined || this.filled[slot] === this.epoch) continue
        const value = fieldOf(event, field)
        if (value !== undefined) this.put(slot, value, onField)
      }
    }
  }

  private put(slot: number, value: unknown, onField: (slot: number, value: unknown) => void): void {
    if (value === undefined || this.filled[slot] === this.epoch) return
    this.values[slot] = value
    this.filled[slot] = this.epoch
    onField(slot, value)
  }

  /** Undefined when the event lacks the field. */
  valueOf(slot: number): unknown {
    return this.filled[slot] === this.epoch ? this.values[slot] : undefined
  }

  /** Of a field that holds a string. */
  foldedOf(slot: number): string {
    if (this.foldedAt[slot] === this.epoch) return this.folded[slot] ?? ''
    const value = this.values[slot]
    const text = typeof value === 'string' ? fold(value) : ''
    this.foldedAt[slot] = this.epoch
    this.folded[slot] = text
    return text
  }

  /** Every text of the event, gathered once. */
  anyText(test: (text: string) => boolean): boolean {
    if (this.texts === undefined) {
      const texts: string[] = []
      anyText(this.event, (text) => {
        texts.push(text)
        return false
      })
      this.texts = texts
    }
    return this.texts.some(test)
  }
}
