import { features, type Feature } from '../act.ts'

/** Numbers for the values of features that somebody was taught; what was only met has none. */
export class Values {
  private readonly byFeature = new Map<Feature, Map<string, number>>(features.map((name) => [name, new Map()]))
  private next = 1

  numberOf(feature: Feature, value: string): number | undefined {
    return this.byFeature.get(feature)?.get(value)
  }

  give(feature: Feature, value: string): number {
    const known = this.numberOf(feature, value)
    if (known !== undefined) return known
    const number = this.next++
    this.byFeature.get(feature)?.set(value, number)
    return number
  }

  get size(): number {
    let size = 0
    for (const values of this.byFeature.values()) size += values.size
    return size
  }

  sweep(isUsed: (number: number) => boolean): void {
    for (const values of this.byFeature.values())
      for (const [value, number] of values) if (!isUsed(number)) values.delete(value)
  }

  *all(): Iterable<readonly [Feature, string, number]> {
    for (const [feature, values] of this.byFeature) for (const [value, number] of values) yield [feature, value, number]
  }

  restore(feature: Feature, value: string, number: number): void {
    this.byFeature.get(feature)?.set(value, number)
    this.next = Math.max(this.next, number + 1)
  }
}
